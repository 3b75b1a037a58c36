using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>The mean over items of every value's contribution, flat; none where the likelihood is no product over values.</summary>
internal sealed class ContributionMean(FrozenVae model) : IDisposable
{
    private torch.Tensor? _sum;
    private long _items;
    private bool _hasNone;

    /// <summary>Takes items in, of which the first has a number, for messages.</summary>
    /// <exception cref="ArithmeticException">What an item adds is not finite: the mean of all would not be either.</exception>
    internal void Add(torch.Tensor x, int first)
    {
        if (_hasNone)
            return;
        using var scope = torch.NewDisposeScope();
        try
        {
            var contributions = model.AnomalyContributions(x).flatten(1);
            if (Shape.FirstNonFinite(contributions) is { } bad)
            {
                throw new ArithmeticException(
                    $"a value of normal item {first + bad[0]} contributes infinity or NaN to its score: it is too large for the model");
            }
            var sum = contributions.sum([0L], type: ItemSum.WideType(x));
            (_sum, var before) = ((_sum is null ? sum : _sum + sum).DetachFromDisposeScope(), _sum);
            before?.Dispose();
            _items += x.shape[0];
        }
        catch (NotSupportedException)
        {
            _hasNone = true;
        }
    }

    /// <summary>The mean, <c>[D]</c>, in float64, which is the caller's from then on.</summary>
    internal torch.Tensor? Take() => _sum is null ? null : (_sum / _items).DetachFromDisposeScope();

    public void Dispose() => _sum?.Dispose();
}
