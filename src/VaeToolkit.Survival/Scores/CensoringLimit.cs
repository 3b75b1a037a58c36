namespace VaeToolkit.Survival;

/// <summary>At which side of an event the censoring distribution G is taken where it jumps at the event's own time.</summary>
public enum CensoringLimit
{
    /// <summary>G(y-), the probability of not being censored before y: what Uno et al. (2011) and R's survival weigh by.</summary>
    Before,

    /// <summary>G(y), with the censorings at y itself (scikit-survival).</summary>
    At,
}
