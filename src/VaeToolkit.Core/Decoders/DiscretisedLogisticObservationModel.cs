using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class DiscretisedLogisticObservationModel(IReadOnlyList<long> itemShape)
    : ObservationModel("DiscretisedLogistic", itemShape), IDescribedPart
{
    // At the least scale a bin is 4 scales wide, so that a value at its centre has a probability of 0.8.
    internal const double LeastLogScale = -7;
    internal const double MostLogScale = 2;

    public override long ParametersPerValue => 2;

    public override Likelihood forward(torch.Tensor input)
    {
        var parts = RequireRaw(input).chunk(2, dim: -ItemShape.Count);
        return new DiscretisedLogisticLikelihood(parts[0], parts[1].clamp(LeastLogScale, MostLogScale), ItemShape.Count);
    }

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        var (location, unclamped) = raw.Halves(-ItemShape.Count);
        var logScale = unclamped.Clamp(LeastLogScale, MostLogScale);
        return new(
            DiscretisedLogisticMean.WriteTo(graph, location, logScale),
            OfValues("location", location, "location of every value before the cut into bins"),
            OfValues("log_scale", logScale, "log-scale of every value"));
    }

    PartDescription IDescribedPart.Describe() => new PartDescription("discretised-logistic").With("item_shape", ItemShape);
}
