namespace VaeToolkit.Volumes;

/// <summary>What overlap scores are where neither the prediction nor the truth has a voxel.</summary>
public enum EmptyMasks
{
    /// <summary>1: rightly found nothing.</summary>
    Perfect,

    /// <summary>NaN, which summaries leave out and count.</summary>
    LeftOut,
}
