namespace VaeToolkit;

/// <summary>How the squared maximum mean discrepancy is estimated from two batches.</summary>
public enum MmdEstimator
{
    /// <summary>
    /// The V-statistic, with every pair, those of an item with itself included: never below 0, 0 for equal batches, and too large by
    /// O(1/n) for batches of one distribution.
    /// </summary>
    Biased,

    /// <summary>The U-statistic, without pairs of an item with itself: right on average, and sometimes below 0.</summary>
    Unbiased,
}
