using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class FixedLaplaceObservationModel : ObservationModel, IDescribedPart
{
    private readonly double _scale;

    internal FixedLaplaceObservationModel(double scale, IReadOnlyList<long> itemShape)
        : base("Laplace", itemShape)
        => _scale = FixedScale.Require(scale, nameof(scale), "the scale");

    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new LaplaceLikelihood(RequireRaw(input), _scale, ItemShape.Count);

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        return new(raw, new GraphParameter(
            "log_scale", graph.Number(Math.Log(_scale)).Reshape(1), [1], "log-scale of all values"));
    }

    PartDescription IDescribedPart.Describe() => new PartDescription("laplace").With("scale", _scale).With("item_shape", ItemShape);
}
