namespace VaeToolkit.Volumes;

/// <summary>What to do with voxels that are NaN or infinite.</summary>
public enum NonFiniteVoxels
{
    /// <summary>Refuse the volume.</summary>
    Refuse,

    /// <summary>Take them for background, set them to 0, and count them.</summary>
    Replace,
}
