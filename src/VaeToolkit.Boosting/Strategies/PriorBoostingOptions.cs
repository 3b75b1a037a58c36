using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

/// <summary>When <see cref="PriorBoosting"/> adds components in a task, up to the prior's K.</summary>
public sealed record PriorBoostingOptions
{
    /// <summary>Epochs between two components, above 0; default 1. 0.5 adds two an epoch.</summary>
    public double EpochsPerComponent { get; init; } = 1;

    /// <summary>
    /// The epoch after which components are weighed anew and pruned, at least 1; null is 2 K times <see cref="EpochsPerComponent"/>.
    /// Default null. Asked for after the task's last epoch it is refused before training.
    /// </summary>
    public int? PruneAfterEpochs { get; init; }

    /// <summary>|M|, items over which the optimal prior is taken, at least 1; default 1000.</summary>
    public int SubsetSize { get; init; } = 1000;

    internal PriorBoostingOptions Validated()
    {
        OptionRange.Require(
            EpochsPerComponent > 0 && double.IsFinite(EpochsPerComponent), nameof(EpochsPerComponent), EpochsPerComponent,
            "EpochsPerComponent must be a number above 0");
        Shape.RequirePositive(PruneAfterEpochs ?? 1, "PruneAfterEpochs", nameof(PruneAfterEpochs));
        Shape.RequirePositive(SubsetSize, "SubsetSize", nameof(SubsetSize));
        return this;
    }
}
