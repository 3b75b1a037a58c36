using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

/// <summary>Options of <see cref="Evaluate.MarginalKl"/>.</summary>
public sealed record MarginalKlOptions
{
    /// <summary>
    /// Samples in all, at least 1; default 10 000. They are spread evenly over the items, each item's first sample before any item's
    /// second. The minibatch estimators round up to whole minibatches.
    /// </summary>
    public int Samples { get; init; } = 10_000;

    /// <summary>How log q(z) is estimated; default <see cref="AggregateEstimator.FullMixture"/>.</summary>
    public AggregateEstimator Estimator { get; init; } = AggregateEstimator.FullMixture;

    /// <summary>M, items in a minibatch, at least 2 and at most N; default 100. Only the minibatch estimators use it.</summary>
    public int MinibatchSize { get; init; } = 100;

    /// <summary>
    /// Items and samples that are held against each other at once, at least 1; default 500.
    /// It bounds memory and does not change the estimate.
    /// </summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>The evaluation's own seed; default 0. The caller's random numbers are left as they were.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The ranks that divide the work, which all make the same call and get the same estimate, one process's; default null: this process
    /// alone.
    /// </summary>
    public IExchange? Exchange { get; init; }

    internal bool UsesMinibatches => Estimator is AggregateEstimator.MinibatchWeighted or AggregateEstimator.MinibatchStratified;

    internal MarginalKlOptions Validated(long items)
    {
        Shape.RequirePositive(Samples, "Samples", nameof(Samples));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        OptionRange.Require(Enum.IsDefined(Estimator), nameof(Estimator), Estimator, "not an estimator of the aggregated posterior");
        OptionRange.Require(
            !UsesMinibatches || (MinibatchSize >= 2 && MinibatchSize <= items),
            nameof(MinibatchSize), MinibatchSize, $"MinibatchSize (M) must be at least 2 and at most the {items} items");
        return this;
    }
}
