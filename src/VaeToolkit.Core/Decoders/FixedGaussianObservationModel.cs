using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class FixedGaussianObservationModel : ObservationModel, IDescribedPart
{
    private readonly double _variance;

    internal FixedGaussianObservationModel(double variance, IReadOnlyList<long> itemShape)
        : base("Gaussian", itemShape)
        => _variance = FixedScale.Require(variance, nameof(variance), "the variance");

    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new GaussianLikelihood(RequireRaw(input), _variance, ItemShape.Count);

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        return new(raw, new GraphParameter(
            "log_variance", graph.Number(Math.Log(_variance)).Reshape(1), [1], "log-variance of all values"));
    }

    PartDescription IDescribedPart.Describe() => new PartDescription("gaussian").With("variance", _variance).With("item_shape", ItemShape);
}
