using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>A loss that is put together term by term.</summary>
internal sealed class WeightedTerms
{
    private readonly List<ObjectiveTerm> _terms = [];
    private torch.Tensor? _loss;

    /// <summary>
    /// Adds a term to the list, and to the loss with its weight; a weight of 0 keeps it, and its gradient, out of the loss.
    /// </summary>
    internal void Add(string name, torch.Tensor term, double weight)
    {
        _terms.Add(new(name, term));
        if (weight != 0)
            _loss = _loss is null ? Weighted(term, weight) : _loss + Weighted(term, weight);
    }

    internal ObjectiveResult Result() => new(
        _loss ?? throw new ArgumentException(
            "nothing in the batch has a weight in the loss: it has no row of the kind that is learned from"), _terms);

    private static torch.Tensor Weighted(torch.Tensor term, double weight) => weight == 1 ? term : term * weight;
}
