namespace VaeToolkit.WeightPriors;

/// <summary>Options of <see cref="DeepWeightPriorObjective"/>.</summary>
public sealed record DeepWeightPriorOptions
{
    /// <summary>N, the labelled volumes that the network is trained on, at least 1.</summary>
    public required int Volumes { get; init; }

    /// <summary>
    /// β, the weight of the KL bound, at least 0; default 0.1, a tempered posterior. With β = 1,
    /// <see cref="SegmentationLoss.CrossEntropy"/> and <see cref="EffectiveVoxels"/> left alone the objective is the evidence lower
    /// bound of a Bernoulli model over voxels.
    /// </summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>
    /// A linear warm-up of β, or null for none; best half of the steps, and not longer than the training, which is refused otherwise.
    /// Default over 100 steps.
    /// </summary>
    public BetaWarmUp? WarmUp { get; init; } = BetaWarmUp.OverSteps(100);

    /// <summary>V_eff, above 0: the voxels that a volume counts for. Default null: all that it has.</summary>
    public double? EffectiveVoxels { get; init; }

    /// <summary>The data's loss; default <see cref="SegmentationLoss.DiceBce"/>.</summary>
    public SegmentationLoss Loss { get; init; } = SegmentationLoss.DiceBce();

    /// <summary>How the bound is estimated; default one sample of w and z.</summary>
    public KernelBoundOptions Bound { get; init; } = new();

    /// <summary>
    /// m, kernels of each group, drawn anew every step, on which the cross-entropy is evaluated and multiplied by n/m, at least 1:
    /// unbiased, and cheaper for large networks. The entropy stays exact. Default null: all.
    /// </summary>
    public int? KernelsPerGroup { get; init; }

    internal DeepWeightPriorOptions Validated()
    {
        Shape.RequirePositive(Volumes, "Volumes", nameof(Volumes));
        ArgumentNullException.ThrowIfNull(Loss);
        ArgumentNullException.ThrowIfNull(Bound);
        Bound.Validated();
        if (KernelsPerGroup is { } m)
            Shape.RequirePositive(m, "KernelsPerGroup", nameof(KernelsPerGroup));
        if (!(Beta >= 0 && double.IsFinite(Beta)))
            throw new ArgumentOutOfRangeException(nameof(Beta), Beta, "Beta must be a finite number of at least 0");
        return EffectiveVoxels is null || (EffectiveVoxels > 0 && double.IsFinite(EffectiveVoxels.Value))
            ? this
            : throw new ArgumentOutOfRangeException(
                nameof(EffectiveVoxels), EffectiveVoxels, "EffectiveVoxels must be a finite number above 0, or null");
    }
}
