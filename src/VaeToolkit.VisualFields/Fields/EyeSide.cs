namespace VaeToolkit.VisualFields;

/// <summary>Which eye.</summary>
public enum EyeSide
{
    /// <summary>The right eye: its fields are taken as they are.</summary>
    Right,

    /// <summary>The left eye: its fields are mirrored to look like a right eye's.</summary>
    Left,
}
