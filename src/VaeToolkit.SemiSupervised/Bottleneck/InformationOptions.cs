namespace VaeToolkit.SemiSupervised;

/// <summary>Options of <see cref="InformationPlane.Measure"/>.</summary>
public sealed record InformationOptions
{
    /// <summary>
    /// Samples of z an item, at least 1; default 12 (Alemi et al. 2017). The bound is the mean of log p(x|z), never the log of a mean.
    /// </summary>
    public int Samples { get; init; } = 12;

    /// <summary>Pairs that are taken together, at least 1; default 500.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>The seed of the samples; default 0.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The target view's entropy H(x) in nats, when it is known; differential entropies may be negative. Default null: the classes' own
    /// where the target is a class (<see cref="TwoViews.ClassEntropy"/>), else unknown, and so is the information.
    /// </summary>
    public double? TargetEntropy { get; init; }

    internal InformationOptions Validated()
    {
        Shape.RequirePositive(Samples, "Samples", nameof(Samples));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        return TargetEntropy is { } entropy && !double.IsFinite(entropy)
            ? throw new ArgumentOutOfRangeException(
                nameof(TargetEntropy), entropy, "TargetEntropy must be a finite number, or null when it is unknown")
            : this;
    }
}
