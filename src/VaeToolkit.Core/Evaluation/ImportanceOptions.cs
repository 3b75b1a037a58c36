using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

/// <summary>Options of <see cref="Evaluate.NegativeLogLikelihood"/>.</summary>
public sealed record ImportanceOptions
{
    /// <summary>K, importance samples an item, at least 1; default 500. Exactly so many are drawn.</summary>
    public int Samples { get; init; } = 500;

    /// <summary>
    /// Items that are evaluated together, at least 1; default 100. It bounds memory and does not change the estimate's meaning.
    /// </summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>
    /// Samples of each item that are held at once, at least 1; default 10. It bounds memory and does not change the estimate's meaning.
    /// </summary>
    public int ChunkSize { get; init; } = 10;

    /// <summary>Whether the estimate keeps every item's own value, see <see cref="LikelihoodEstimate.PerItem"/>; default false.</summary>
    public bool KeepPerItem { get; init; }

    /// <summary>The evaluation's own seed; default 0. The caller's random numbers are left as they were.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The ranks that divide the work, which all make the same call and get the same estimate, one process's; default null: this process
    /// alone.
    /// </summary>
    public IExchange? Exchange { get; init; }

    /// <summary>The same options, checked.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public ImportanceOptions Validated()
    {
        Shape.RequirePositive(Samples, "Samples (K)", nameof(Samples));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        Shape.RequirePositive(ChunkSize, "ChunkSize", nameof(ChunkSize));
        return this;
    }
}
