using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class LearnedGaussianObservationModel(LogVarianceRange? range, IReadOnlyList<long> itemShape)
    : ObservationModel("LearnedGaussian", itemShape), IDescribedPart
{
    private readonly LogVarianceRange? _range = range?.Validated(nameof(range));

    public override long ParametersPerValue => 2;

    public override Likelihood forward(torch.Tensor input)
    {
        var parts = RequireRaw(input).chunk(2, dim: -ItemShape.Count);
        var logVariance = _range is { } r ? parts[1].clamp(r.Minimum, r.Maximum) : parts[1];
        return new GaussianLikelihood(parts[0], logVariance, ItemShape.Count);
    }

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        var (mean, logVariance) = raw.Halves(-ItemShape.Count);
        return new(mean, OfValues("log_variance", logVariance.Clamp(_range), "log-variance of every value"));
    }

    PartDescription IDescribedPart.Describe()
        => new PartDescription("learned-gaussian").With("log_variance", _range).With("item_shape", ItemShape);
}
