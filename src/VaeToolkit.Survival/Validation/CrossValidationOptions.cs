using VaeToolkit.Survival.Scores;

namespace VaeToolkit.Survival.Validation;

/// <summary>How candidates are compared.</summary>
public sealed record CrossValidationOptions
{
    /// <summary>Folds a repeat, at least 2.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>Repeats, at least 1.</summary>
    public int Repeats { get; init; } = 10;

    /// <summary>The seed of the folds.</summary>
    public long Seed { get; init; }

    /// <summary>Times at which the Brier score is computed, evenly spaced, at least 2.</summary>
    public int GridPoints { get; init; } = 50;

    /// <summary>The grid starts at this quantile of the training rows' event times, in 0 to 1.</summary>
    public double FirstQuantile { get; init; } = 0.1;

    /// <summary>
    /// The grid and the concordance end at this quantile of the training rows' event times, in 0 to 1 and above the first.
    /// </summary>
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
        return this;
    }
}
