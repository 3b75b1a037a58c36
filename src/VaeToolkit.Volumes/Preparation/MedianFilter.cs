namespace VaeToolkit.Volumes;

/// <summary>The median of each voxel's 3 x 3 x 3 neighbourhood; the volume is continued by its outermost voxels.</summary>
internal static class MedianFilter
{
    public static float[] Apply(VoxelGrid grid, ReadOnlySpan<float> values)
    {
        var size = grid.Size;
        var filtered = new float[values.Length];
        Span<float> cube = stackalloc float[27];
        for (var z = 0; z < size.Depth; z++)
            for (var y = 0; y < size.Height; y++)
                for (var x = 0; x < size.Width; x++)
                {
                    var count = 0;
                    for (var dz = -1; dz <= 1; dz++)
                        for (var dy = -1; dy <= 1; dy++)
                            for (var dx = -1; dx <= 1; dx++)
                                cube[count++] = values[grid.Index(
                                    Math.Clamp(x + dx, 0, size.Width - 1), Math.Clamp(y + dy, 0, size.Height - 1),
                                    Math.Clamp(z + dz, 0, size.Depth - 1))];
                    cube.Sort();
                    filtered[grid.Index(x, y, z)] = cube[13];
                }
        return filtered;
    }
}
