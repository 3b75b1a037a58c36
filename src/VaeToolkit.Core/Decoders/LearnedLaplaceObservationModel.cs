using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class LearnedLaplaceObservationModel(IReadOnlyList<long> itemShape)
    : ObservationModel("LearnedLaplace", itemShape), IDescribedPart
{
    private const double LeastLogScale = -6;
    private const double MostLogScale = 2;

    public override long ParametersPerValue => 2;

    public override Likelihood forward(torch.Tensor input)
    {
        var parts = RequireRaw(input).chunk(2, dim: -ItemShape.Count);
        return new LaplaceLikelihood(parts[0], parts[1].clamp(LeastLogScale, MostLogScale), ItemShape.Count);
    }

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        var (location, logScale) = raw.Halves(-ItemShape.Count);
        return new(location, OfValues("log_scale", logScale.Clamp(LeastLogScale, MostLogScale), "log-scale of every value"));
    }

    PartDescription IDescribedPart.Describe() => new PartDescription("learned-laplace").With("item_shape", ItemShape);
}
