namespace VaeToolkit.Boosting;

/// <summary>When a <see cref="BoostedGrowth"/> adds components.</summary>
public sealed record BoostedGrowthOptions
{
    /// <summary>
    /// |M|, items of the task over which the optimal prior is taken, at least 1; default 1000, or all if there are fewer.
    /// </summary>
    public int SubsetSize { get; init; } = 1000;

    /// <summary>Optimiser steps of the model between two components, at least 1; usually those of an epoch.</summary>
    public required long StepsPerComponent { get; init; }

    /// <summary>K, components after which it adds no more, at least 1 and at most the prior's own; default 50.</summary>
    public int Components { get; init; } = 50;

    /// <summary>
    /// The step after which components are weighed anew and pruned, at least 1; default null: 2 K times <see cref="StepsPerComponent"/>.
    /// </summary>
    public long? PruneAt { get; init; }

    /// <summary>Seed of the subset; default 0.</summary>
    public long Seed { get; init; }

    internal long PruneStep => PruneAt ?? 2 * Components * StepsPerComponent;

    /// <summary>How many components there are after so many steps.</summary>
    internal long Reached(long steps) => Math.Min(Components, 1 + (steps / StepsPerComponent));

    internal BoostedGrowthOptions Validated()
    {
        Shape.RequirePositive(SubsetSize, "SubsetSize", nameof(SubsetSize));
        Shape.RequirePositive(StepsPerComponent, "StepsPerComponent", nameof(StepsPerComponent));
        Shape.RequirePositive(Components, "Components (K)", nameof(Components));
        Shape.RequirePositive(PruneStep, "PruneAt", nameof(PruneAt));
        return this;
    }
}
