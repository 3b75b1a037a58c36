namespace VaeToolkit.Survival;

/// <summary>How candidates are compared.</summary>
public sealed record CrossValidationOptions
{
    /// <summary>Folds a repeat, at least 2.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>Repeats, at least 1.</summary>
    public int Repeats { get; init; } = 10;

    /// <summary>The seed of the folds.</summary>
    public long Seed { get; init; }

    /// <summary>Times at which the Brier score is computed, evenly spaced over the interval, at least 2.</summary>
    public int GridPoints { get; init; } = 50;

    /// <summary>Where the interval of the scores begins, at least 0; null (the default) for <see cref="FirstQuantile"/>.</summary>
    public double? From { get; init; }

    /// <summary>
    /// Where the interval of the scores ends, which every fold must be able to reach. Null (the default): at <see cref="LastQuantile"/>, or
    /// where the first fold ends that can be scored for a shorter time only (by its last test patient, or by what is left of G).
    /// </summary>
    public double? Until { get; init; }

    /// <summary>The interval begins at this quantile of all event times, in 0 to 1.</summary>
    public double FirstQuantile { get; init; } = 0.1;

    /// <summary>The interval ends at this quantile of all event times at the latest, in 0 to 1 and above the first.</summary>
    public double LastQuantile { get; init; } = 0.9;

    /// <summary>How the Brier scores are weighted.</summary>
    public BrierOptions Brier { get; init; } = new();

    internal CrossValidationOptions Validated()
    {
        if (GridPoints < 2)
            throw new ArgumentOutOfRangeException(nameof(GridPoints), GridPoints, "A grid needs at least 2 times.");
        if (!(FirstQuantile is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(FirstQuantile), FirstQuantile, "A quantile is between 0 and 1.");
        if (!(LastQuantile > FirstQuantile && LastQuantile <= 1))
            throw new ArgumentOutOfRangeException(nameof(LastQuantile), LastQuantile, "It must be above the first quantile and at most 1.");
        if (From is { } from && !(from >= 0 && double.IsFinite(from)))
            throw new ArgumentOutOfRangeException(nameof(From), from, "A time must be 0 or more.");
        if (Until is { } until && !(until > (From ?? 0) && double.IsFinite(until)))
            throw new ArgumentOutOfRangeException(nameof(Until), until, "The end must be a time after the beginning.");
        return this;
    }
}
