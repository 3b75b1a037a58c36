namespace VaeToolkit.Boosting;

/// <summary>How <see cref="ElasticWeightConsolidation"/> holds several tasks together.</summary>
public enum ConsolidationRule
{
    /// <summary>The sum of a penalty for each task about its own weights (Kirkpatrick et al. 2017).</summary>
    Separate,

    /// <summary>One penalty about the latest weights, with F ← γ F + F_t (Schwarz et al. 2018; Huszár 2018).</summary>
    Online,

    /// <summary>The penalty of the first task alone, as the published BooVAE code comes to; for comparison.</summary>
    FirstOnly,
}
