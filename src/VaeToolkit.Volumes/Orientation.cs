namespace VaeToolkit.Volumes;

/// <summary>Which way the axes of a volume run.</summary>
public static class Orientation
{
    private const string Positive = "RAS";
    private const string Negative = "LPI";
    private static readonly int[][] s_permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    /// <summary>
    /// The directions of x, y and z, each the closest of Right/Left, Anterior/Posterior, Superior/Inferior: <c>RAS</c>, <c>LPS</c>, ...
    /// </summary>
    /// <param name="affine">From voxel indices to millimetres.</param>
    public static string Code(Affine affine)
    {
        ArgumentNullException.ThrowIfNull(affine);
        var letters = new char[3];
        var voxelAxes = ClosestAxes(affine);
        for (var world = 0; world < 3; world++)
            letters[voxelAxes[world]] = (affine[world, voxelAxes[world]] > 0 ? Positive : Negative)[world];
        return new(letters);
    }

    /// <summary>
    /// The same volume with its axes permuted and flipped so that x runs closest to the right, y to the front and z up. No value changes;
    /// the affine map goes along.
    /// </summary>
    /// <typeparam name="T">The type of a voxel.</typeparam>
    /// <param name="volume">The volume.</param>
    public static Volume<T> ToRas<T>(Volume<T> volume)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        var axes = ClosestAxes(volume.Grid.Affine);
        int[] extents = [volume.Size.Width, volume.Size.Height, volume.Size.Depth];
        int[] strides = [1, volume.Size.Width, volume.Size.Width * volume.Size.Height];
        var size = new VolumeSize(extents[axes[0]], extents[axes[1]], extents[axes[2]]);
        var (start, steps, rows) = (0, new int[3], new double[12]);
        for (var world = 0; world < 3; world++)
        {
            var axis = axes[world];
            var forward = volume.Grid.Affine[world, axis] > 0;
            steps[world] = forward ? strides[axis] : -strides[axis];
            start += forward ? 0 : strides[axis] * (extents[axis] - 1);
            (rows[(4 * axis) + world], rows[(4 * axis) + 3]) = forward ? (1, 0) : (-1, extents[axis] - 1);
        }
        return Gather(volume, new(size, volume.Grid.Affine * Affine.FromRows(rows)), start, steps);
    }

    private static Volume<T> Gather<T>(Volume<T> volume, VoxelGrid grid, int start, int[] steps)
        where T : unmanaged
    {
        var values = new T[volume.Data.Length];
        var to = 0;
        for (var channel = 0; channel < volume.Channels; channel++)
            for (var z = 0; z < grid.Size.Depth; z++)
                for (var y = 0; y < grid.Size.Height; y++)
                {
                    var from = (channel * (int)volume.Size.Count) + start + (z * steps[2]) + (y * steps[1]);
                    for (var x = 0; x < grid.Size.Width; x++, from += steps[0])
                        values[to++] = volume.Data[from];
                }
        return volume.On(grid, values);
    }

    /// <summary>The voxel axis, 0 to 2, that runs closest to left and right.</summary>
    internal static int LeftRightAxis(Affine affine) => ClosestAxes(affine)[0];

    /// <summary>For each world axis the voxel axis that stands for it: the assignment with the largest sum of direction cosines.</summary>
    private static int[] ClosestAxes(Affine affine)
    {
        var lengths = new[] { affine.Column(0).Length, affine.Column(1).Length, affine.Column(2).Length };
        return s_permutations.MaxBy(axes => axes.Select((axis, world) => Math.Abs(affine[world, axis]) / lengths[axis]).Sum())!;
    }
}
