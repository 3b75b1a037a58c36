namespace VaeToolkit.Volumes;

/// <summary>How a volume may be moved to fit a template. Each includes those before it.</summary>
public enum AlignmentMotion
{
    /// <summary>A shift that brings the centres of mass together.</summary>
    CentreOfMass,

    /// <summary>Shift and rotation: 6 parameters.</summary>
    Rigid,

    /// <summary>Shift, rotation, scaling along the axes and shears: 12 parameters.</summary>
    Affine,
}
