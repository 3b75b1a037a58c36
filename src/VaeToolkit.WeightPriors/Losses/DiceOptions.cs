namespace VaeToolkit.WeightPriors;

/// <summary>Options of <see cref="SegmentationLoss.Dice"/>.</summary>
public sealed record DiceOptions
{
    /// <summary>s in voxels, above 0: without it an empty volume has no gradient. Default 1.</summary>
    public double Smoothing { get; init; } = 1;

    /// <summary>
    /// Whether each volume has sums of its own and the losses are averaged. Default false:
    /// sums over the batch, which empty masks do not upset.
    /// </summary>
    public bool PerVolume { get; init; }

    /// <summary>Whether the denominator is Σ p² + Σ y² (Milletari et al. 2016). Default false.</summary>
    public bool SquaredDenominator { get; init; }

    /// <summary>Whether class 0 counts where there are several. Default false.</summary>
    public bool IncludeBackground { get; init; }

    /// <summary>
    /// Whether classes are pooled with weights 1 / (Σ y)² instead of averaged: generalised Dice (Sudre et al. 2017). Default false.
    /// </summary>
    public bool Generalised { get; init; }

    internal DiceOptions Validated() => Smoothing > 0 && double.IsFinite(Smoothing)
        ? this
        : throw new ArgumentOutOfRangeException(nameof(Smoothing), Smoothing, "Smoothing must be a number above 0");
}
