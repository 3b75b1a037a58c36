namespace VaeToolkit.Volumes;

/// <summary>What alignment maximises.</summary>
public enum AlignmentSimilarity
{
    /// <summary>Pearson's correlation of intensities, for images of one contrast.</summary>
    CrossCorrelation,

    /// <summary>Mutual information of 32 bins, for images of different contrasts.</summary>
    MutualInformation,
}
