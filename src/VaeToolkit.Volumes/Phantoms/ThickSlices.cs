namespace VaeToolkit.Volumes;

/// <summary>Brings blocks of slices together, as a scanner with thick slices does.</summary>
internal static class ThickSlices
{
    public static Volume<float> Mean(Volume<float> image, int thickness) => Blocks(image, thickness, values => values.Average());

    /// <summary>Where at least half of the block is inside.</summary>
    public static Volume<bool> Half(Volume<bool> mask, int thickness) =>
        Blocks(mask, thickness, values => 2 * values.Count(inside => inside) >= values.Length);

    /// <summary>The most frequent value, the lowest on a tie.</summary>
    public static Volume<int> Mode(Volume<int> labels, int thickness) =>
        Blocks(labels, thickness, values => values.CountBy(label => label).OrderBy(pair => (-pair.Value, pair.Key)).First().Key);

    private static Volume<T> Blocks<T>(Volume<T> volume, int thickness, Func<T[], T> reduce)
        where T : unmanaged
    {
        var size = volume.Size with { Depth = volume.Size.Depth / thickness };
        var grid = new VoxelGrid(
            size, volume.Grid.Affine * Affine.Translation(new(0, 0, (thickness - 1) / 2.0)) * Affine.Scaling(new(1, 1, thickness)));
        var slice = size.Width * size.Height;
        var (values, block) = (new T[size.Count], new T[thickness]);
        for (var i = 0; i < values.Length; i++)
        {
            for (var k = 0; k < thickness; k++)
                block[k] = volume.Data[(((i / slice * thickness) + k) * slice) + (i % slice)];
            values[i] = reduce(block);
        }
        return new(grid, values, name: volume.Name);
    }
}
