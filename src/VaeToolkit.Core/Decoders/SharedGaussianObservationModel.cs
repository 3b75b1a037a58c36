using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class SharedGaussianObservationModel : ObservationModel, IDescribedPart
{
    private readonly LogVarianceRange? _range;

    internal SharedGaussianObservationModel(LogVarianceRange? range, IReadOnlyList<long> itemShape)
        : base("SharedGaussian", itemShape)
    {
        _range = range?.Validated(nameof(range));
        // Outside its range it would never get a gradient.
        var start = _range is { } r ? Math.Clamp(0, r.Minimum, r.Maximum) : 0;
        using var scope = torch.NewDisposeScope();
        this.RegisterParameter("log_variance", torch.full([1L], start, torch.float32));
    }

    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input)
    {
        torch.Tensor logVariance = get_parameter("log_variance")!;
        return new GaussianLikelihood(
            RequireRaw(input), _range is { } r ? logVariance.clamp(r.Minimum, r.Maximum) : logVariance, ItemShape.Count);
    }

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        return new(raw, new GraphParameter(
            "log_variance", graph.Constant(get_parameter("log_variance")!).Clamp(_range), [1], "log-variance of all values"));
    }

    PartDescription IDescribedPart.Describe()
        => new PartDescription("shared-gaussian").With("log_variance", _range).With("item_shape", ItemShape);
}
