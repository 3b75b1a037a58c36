namespace VaeToolkit.Volumes;

/// <summary>How the percentile of the distances between two surfaces is taken; published figures use both.</summary>
public enum PercentileConvention
{
    /// <summary>The larger of the two directed percentiles, as MONAI has it.</summary>
    LargerDirected,

    /// <summary>The percentile of both sets of distances together, as medpy and seg-metrics have it.</summary>
    Pooled,
}
