namespace VaeToolkit.Volumes;

/// <summary>A box of voxels; it may reach beyond the grid it is taken from.</summary>
/// <param name="X">First column.</param>
/// <param name="Y">First row.</param>
/// <param name="Z">First slice.</param>
/// <param name="Size">Extents.</param>
public readonly record struct VoxelBox(int X, int Y, int Z, VolumeSize Size)
{
    /// <summary>Extents and first voxel.</summary>
    public override string ToString() => FormattableString.Invariant($"{Size} voxels from ({X}, {Y}, {Z})");
}
