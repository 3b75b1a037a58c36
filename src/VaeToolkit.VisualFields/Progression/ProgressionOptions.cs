using VaeToolkit.Evaluation;

namespace VaeToolkit.VisualFields;

/// <summary>Options of <see cref="ProgressionTest"/>.</summary>
public sealed record ProgressionOptions
{
    /// <summary>The share of stable eyes that may be called progressing, between 0 and 1; default 0.05.</summary>
    public double Level { get; init; } = 0.05;

    /// <summary>
    /// Up to how many orders of the visits are all gone through, at least 1; beyond, as many are drawn. Default 5,040, those of seven
    /// visits.
    /// </summary>
    public int MostOrders { get; init; } = 5040;

    /// <summary>Seed of the orders that are drawn. Default 0.</summary>
    public long Seed { get; init; }

    internal ProgressionOptions Validated()
    {
        OptionRange.Require(Level is > 0 and < 1, nameof(Level), Level, "must be between 0 and 1");
        OptionRange.Require(MostOrders >= 1, nameof(MostOrders), MostOrders, "must be at least 1");
        return this;
    }
}
