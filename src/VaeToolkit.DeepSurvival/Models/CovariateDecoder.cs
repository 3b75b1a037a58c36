using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// p(x|z) = Π_j p(x_j|z) from one network (eq. 10 of Beaulac et al. 2018), each covariate with the distribution of its kind. Items are
/// rows of targets and of the bits that say which covariates were observed; a covariate that was not has no term.
/// </summary>
internal sealed class CovariateDecoder : Decoder
{
    private readonly PatientLayout _layout;
    private readonly Sequential _trunk;
    private readonly Linear _head;

    public CovariateDecoder(PatientLayout layout, long latentSize, IReadOnlyList<long> hidden, Activation activation)
        : base(nameof(CovariateDecoder))
    {
        (_layout, LatentSize) = (layout, latentSize);
        _trunk = Layers.Dense(latentSize, hidden, activation);
        _head = torch.nn.Linear(
            hidden[^1], 2 * layout.Numbers + layout.Binaries + layout.Counts + layout.Categories.Sum() + layout.Ordinals.Count);
        register_module("trunk", _trunk);
        register_module("head", _head);
        for (var j = 0; j < layout.Ordinals.Count; j++)
            this.RegisterParameter(ThresholdName(j), torch.zeros(layout.Ordinals[j] - 1));
    }

    public override long LatentSize { get; }

    public override IReadOnlyList<long> ItemShape => [_layout.TargetWidth + _layout.MaskWidth];

    public override Likelihood forward(torch.Tensor input)
    {
        var batch = new LatentBatch(input, LatentSize, nameof(input));
        var raw = _head.forward(_trunk.forward(batch.Rows));
        return new CovariateLikelihood(_layout, batch.Restore(raw, raw.shape[^1]), [.. _layout.Ordinals.Select((_, j) => Thresholds(j))]);
    }

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(z);
        using var scope = torch.NewDisposeScope();
        var raw = graph.Layer(_head, graph.Layer(_trunk, z));
        return CovariateGraph.Write(graph, _layout, raw, [.. _layout.Ordinals.Select((_, j) => Thresholds(j))]);
    }

    /// <summary>The sizes.</summary>
    public override string ToString() => $"{nameof(CovariateDecoder)} {LatentSize} → {_layout.MaskWidth} covariates";

    /// <summary>The first threshold is free and each step to the next is positive.</summary>
    private torch.Tensor Thresholds(int ordinal)
    {
        var raw = get_parameter(ThresholdName(ordinal))!;
        var steps = raw.shape[0] - 1;
        return steps == 0 ? raw : torch.cat([raw.narrow(0, 0, 1), raw.narrow(0, 1, steps).softplus() + 1e-3]).cumsum(0);
    }

    private static string ThresholdName(int ordinal) => $"thresholds{ordinal + 1}";
}
