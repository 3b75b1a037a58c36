namespace VaeToolkit.Volumes;

/// <summary>Which voxels are neighbours.</summary>
public enum Connectivity
{
    /// <summary>The 6 that share a face.</summary>
    Faces,

    /// <summary>The 26 that share a face, an edge or a corner.</summary>
    Corners,
}
