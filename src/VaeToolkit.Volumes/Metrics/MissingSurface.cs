namespace VaeToolkit.Volumes;

/// <summary>What surface distances are where exactly one of the two masks is empty.</summary>
public enum MissingSurface
{
    /// <summary>+∞, which summaries leave out of the mean and count.</summary>
    Infinite,

    /// <summary>The diagonal of the image in mm.</summary>
    ImageDiagonal,
}
