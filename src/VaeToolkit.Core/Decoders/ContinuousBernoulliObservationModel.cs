using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class ContinuousBernoulliObservationModel(IReadOnlyList<long> itemShape)
    : ObservationModel("ContinuousBernoulli", itemShape), IDescribedPart
{
    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new ContinuousBernoulliLikelihood(RequireRaw(input), ItemShape.Count);

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        return new(ContinuousBernoulliMean.WriteTo(graph, raw), OfValues("logits", raw, "logits of the values"));
    }

    PartDescription IDescribedPart.Describe() => new PartDescription("continuous-bernoulli").With("item_shape", ItemShape);
}
