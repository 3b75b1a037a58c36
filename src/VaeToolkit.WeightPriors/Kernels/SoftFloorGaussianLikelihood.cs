using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Independent normal values with a learned variance each, log s² = f + softplus(a − f) of the raw output a: never below the floor f,
/// and with a gradient everywhere. Without a floor the density diverges on snapshots that are near copies of each other.
/// </summary>
internal sealed class SoftFloorGaussianLikelihood(double floor, IReadOnlyList<long> itemShape)
    : ObservationModel("SoftFloorGaussian", itemShape), IDescribedPart
{
    internal const string PartName = "soft-floor-gaussian";

    public override long ParametersPerValue => 2;

    public override Likelihood forward(torch.Tensor input)
    {
        var parts = RequireRaw(input).chunk(2, dim: -ItemShape.Count);
        return new GaussianLikelihood(parts[0], functional.softplus(parts[1] - floor) + floor, ItemShape.Count);
    }

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        var (mean, spread) = raw.Halves(-ItemShape.Count);
        return new(mean, OfValues("log_variance", (spread + -floor).Then("Softplus") + floor, "log-variance of every value"));
    }

    PartDescription IDescribedPart.Describe()
        => new PartDescription(PartName).With("floor", floor).With("item_shape", ItemShape);

    internal static SoftFloorGaussianLikelihood From(PartOptions options)
        => new(options.Number("floor"), options.WholeNumbers("item_shape"));
}
