namespace VaeToolkit.Evaluation;

/// <summary>Options of <see cref="AnomalyDetector"/>.</summary>
public sealed record AnomalyOptions
{
    /// <summary>What is measured; by default −log p(x).</summary>
    public AnomalyMeasure Measure { get; init; } = AnomalyMeasure.Likelihood;

    /// <summary>The share of normal items whose score is to be below the threshold, between 0 and 1; default 0.95.</summary>
    public double Quantile { get; init; } = 0.95;

    /// <summary>The level of intervals, between 0 and 1; default 0.95.</summary>
    public double Level { get; init; } = 0.95;

    /// <summary>
    /// Samples an item, batch and chunk size, and seed. By default 100 samples, which is enough to tell items apart: what a likelihood
    /// lacks for want of samples, it lacks for all items.
    /// </summary>
    public ImportanceOptions Importance { get; init; } = new() { Samples = 100 };

    /// <summary>The same options, checked.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public AnomalyOptions Validated()
    {
        OptionRange.Require(Enum.IsDefined(Measure), nameof(Measure), Measure, "must be Likelihood, Reconstruction or LatentKl");
        OptionRange.Require(Quantile is > 0 and < 1, nameof(Quantile), Quantile, "must be between 0 and 1");
        OptionRange.Require(Level is > 0 and < 1, nameof(Level), Level, "must be between 0 and 1");
        ArgumentNullException.ThrowIfNull(Importance);
        Importance.Validated();
        return this;
    }
}
