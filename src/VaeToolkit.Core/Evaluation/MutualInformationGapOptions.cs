namespace VaeToolkit.Evaluation;

/// <summary>Options of <see cref="Evaluate.MutualInformationGap"/>.</summary>
public sealed record MutualInformationGapOptions
{
    /// <summary>Samples of the aggregated posterior, at least 1; default 10 000. They are spread evenly over the items.</summary>
    public int Samples { get; init; } = 10_000;

    /// <summary>Samples that are held against all items at once, at least 1; default 200. Memory is this times N, in float64.</summary>
    public int BatchSize { get; init; } = 200;

    /// <summary>The evaluation's own seed; default 0. The caller's random numbers are left as they were.</summary>
    public long Seed { get; init; }

    internal MutualInformationGapOptions Validated()
    {
        Shape.RequirePositive(Samples, "Samples", nameof(Samples));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        return this;
    }
}
