namespace VaeToolkit.Reports;

/// <summary>What a run's numbers can show to be wrong.</summary>
internal enum FindingKind
{
    /// <summary>Latent features that no item uses.</summary>
    CollapsedUnits,

    /// <summary>A constraint that is above zero at the end.</summary>
    ConstraintNotMet,

    /// <summary>A warm-up that was not over when the last epoch began.</summary>
    WarmUpUnfinished,

    /// <summary>A validation loss that rises while the training loss falls.</summary>
    Overfitting,

    /// <summary>A rank for which the others wait.</summary>
    SlowRank,
}
