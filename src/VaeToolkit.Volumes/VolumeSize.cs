namespace VaeToolkit.Volumes;

/// <summary>Extents of a voxel grid.</summary>
/// <param name="Width">Voxels along x, which is fastest in memory.</param>
/// <param name="Height">Voxels along y.</param>
/// <param name="Depth">Voxels along z, which is slowest in memory.</param>
public readonly record struct VolumeSize(int Width, int Height, int Depth)
{
    /// <summary>A cube.</summary>
    /// <param name="edge">Voxels along every axis.</param>
    public static VolumeSize Cube(int edge) => new(edge, edge, edge);

    /// <summary>The number of voxels.</summary>
    public long Count => (long)Width * Height * Depth;

    /// <summary>Whether a voxel lies on the grid.</summary>
    /// <param name="x">Column.</param>
    /// <param name="y">Row.</param>
    /// <param name="z">Slice.</param>
    public bool Contains(int x, int y, int z) =>
        (uint)x < (uint)Width && (uint)y < (uint)Height && (uint)z < (uint)Depth;

    /// <summary>The extents as they stand in messages: <c>31 x 40 x 24</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Width} x {Height} x {Depth}");
}
