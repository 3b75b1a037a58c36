using VaeToolkit.Evaluation;

namespace VaeToolkit.WeightPriors;

/// <summary>How <see cref="TargetTraining"/> trains; all methods share everything but what their definition says.</summary>
public sealed record TargetOptions
{
    /// <summary>Steps, batches, rate, augmentation and seed.</summary>
    public SegmentationTrainingOptions Training { get; init; } = new();

    /// <summary>The loss; default <see cref="SegmentationLoss.DiceBce"/>.</summary>
    public SegmentationLoss Loss { get; init; } = SegmentationLoss.DiceBce();

    /// <summary>π, where the output bias of networks that start at random begins; null for the network's option.</summary>
    public double? ForegroundRate { get; init; }

    /// <summary>Where the means of methods with a learned prior start; default <see cref="MeanStart.Prior"/>.</summary>
    public MeanStart MeansFrom { get; init; }

    /// <summary>λ of all Bayesian weights at the start, in [−20, 2]; default −9.</summary>
    public double LogVariance { get; init; } = -9;

    /// <summary>β, at least 0; default 0.1.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>The fraction of the steps over which β rises from 0, in [0, 1]; default 0.5.</summary>
    public double WarmUp { get; init; } = 0.5;

    /// <summary>V_eff; null for all voxels of a volume.</summary>
    public double? EffectiveVoxels { get; init; }

    /// <summary>How the KL bound is estimated.</summary>
    public KernelBoundOptions Bound { get; init; } = new();

    /// <summary>Kernels of each group in a step's cross-entropy; null for all.</summary>
    public int? KernelsPerGroup { get; init; }

    /// <summary>Whether the kernel VAEs' encoders are trained along, in copies of their own. Default false.</summary>
    public bool AdaptReverse { get; init; }

    internal TargetOptions Validated()
    {
        OptionRange.RequireKnown(MeansFrom, nameof(MeansFrom));
        OptionRange.Require(WarmUp is >= 0 and <= 1, nameof(WarmUp), WarmUp, "WarmUp must be in [0, 1]");
        return this;
    }

    internal DeepWeightPriorOptions Variational(int volumes)
    {
        var steps = WholeCount.Ceiling(WarmUp * Training.Steps);
        return new()
        {
            Volumes = volumes,
            Beta = Beta,
            WarmUp = steps > 0 ? BetaWarmUp.OverSteps(steps) : null,
            EffectiveVoxels = EffectiveVoxels,
            Loss = Loss,
            Bound = Bound,
            KernelsPerGroup = KernelsPerGroup,
        };
    }
}
