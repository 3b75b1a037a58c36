using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class BernoulliObservationModel(IReadOnlyList<long> itemShape) : ObservationModel("Bernoulli", itemShape), IDescribedPart
{
    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new BernoulliLikelihood(RequireRaw(input), ItemShape.Count);

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        return new(raw.Sigmoid(), OfValues("logits", raw, "logits of the pixels"));
    }

    PartDescription IDescribedPart.Describe() => new PartDescription("bernoulli").With("item_shape", ItemShape);
}
