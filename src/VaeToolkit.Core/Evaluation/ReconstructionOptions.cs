namespace VaeToolkit.Evaluation;

/// <summary>Options of <see cref="Evaluate.Reconstruction"/>.</summary>
public sealed record ReconstructionOptions
{
    /// <summary>Posterior samples an item, at least 1; default 1.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>Items that are evaluated together, at least 1; default 100.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>The evaluation's own seed; default 0. The caller's random numbers are left as they were.</summary>
    public long Seed { get; init; }

    internal ReconstructionOptions Validated()
    {
        Shape.RequirePositive(Samples, "Samples", nameof(Samples));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        return this;
    }
}
