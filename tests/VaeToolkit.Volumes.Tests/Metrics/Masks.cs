namespace VaeToolkit.Volumes.Tests.Metrics;

/// <summary>Masks for tests.</summary>
internal static class Masks
{
    public static Volume<bool> Of(VolumeSize size, Func<int, int, int, bool> inside, Vector3D? spacing = null)
    {
        var grid = new VoxelGrid(size, Affine.Scaling(spacing ?? new(1, 1, 1)));
        var values = new bool[size.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = inside(i % size.Width, i / size.Width % size.Height, i / size.Width / size.Height);
        return new(grid, values);
    }

    public static Volume<bool> Voxel(VolumeSize size, int x, int y, int z, Vector3D? spacing = null) =>
        Of(size, (i, j, k) => (i, j, k) == (x, y, z), spacing);

    public static Volume<bool> Empty(VolumeSize size, Vector3D? spacing = null) => Of(size, (_, _, _) => false, spacing);

    public static Volume<bool> Random(int edge, double density, int seed, Vector3D? spacing = null)
    {
        var random = new Random(seed);
        return Of(VolumeSize.Cube(edge), (_, _, _) => random.NextDouble() < density, spacing);
    }

    /// <summary>A cube of that edge in a volume four voxels wider, from voxel 1 on, shifted along x.</summary>
    public static Volume<bool> Cube(int edge, int shift = 0)
    {
        return Of(VolumeSize.Cube(edge + 4), (x, y, z) => In(x - shift) && In(y) && In(z));

        bool In(int i) => i >= 1 && i <= edge;
    }
}
