namespace VaeToolkit.Volumes;

/// <summary>
/// Brings volumes onto other grids through world coordinates. Since every volume carries its affine map, this also undoes any cropping,
/// reorienting or resampling: a prediction goes back by resampling it onto the original grid.
/// </summary>
public static class Resampling
{
    // A Gaussian of this many standard deviations across its half height is as wide as one new voxel.
    private const double WidthPerDeviation = 2.354820045;

    // A point this close to the middle between two voxels, in voxels, is there but for the rounding of affine maps in files.
    private const double TieTolerance = 1e-4;

    /// <summary>
    /// The image at another spacing by linear interpolation; along axes that coarsen it is smoothed first,
    /// with standard deviation √(r² − 1) / 2.355 voxels at ratio r.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="spacing">Millimetres along x, y and z.</param>
    /// <exception cref="ArgumentOutOfRangeException">A spacing is not positive and finite, or gives too many voxels.</exception>
    public static Volume<float> ToSpacing(Volume<float> image, Vector3D spacing)
    {
        ArgumentNullException.ThrowIfNull(image);
        var grid = image.Grid.WithSpacing(spacing);
        var now = image.Grid.Spacing;
        var deviation = new Vector3D(Deviation(spacing.X / now.X), Deviation(spacing.Y / now.Y), Deviation(spacing.Z / now.Z));
        return Linear(Smoothing.Gaussian(image, deviation), grid);

        static double Deviation(double ratio) => Math.Sqrt(Math.Max(0, (ratio * ratio) - 1)) / WidthPerDeviation;
    }

    /// <summary>
    /// The image on a grid by linear interpolation; between the outermost voxel centres and their faces the outermost value holds.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="grid">The grid wanted.</param>
    /// <param name="outside">The value beyond the image.</param>
    public static Volume<float> Linear(Volume<float> image, VoxelGrid grid, float outside = 0)
    {
        var stencil = new LinearStencil();
        return OnGrid(image, grid, outside, (channel, point) =>
        {
            stencil.Place(image.Grid, point);
            var sum = 0.0;
            for (var i = 0; i < LinearStencil.Count; i++)
                sum += stencil.Weights[i] * channel.Span[stencil.Indices[i]];
            return (float)sum;
        });
    }

    /// <summary>
    /// The volume on a grid, each voxel with the value of the nearest one; of two that are equally far, but for rounding, the later one's.
    /// </summary>
    /// <typeparam name="T">The type of a voxel.</typeparam>
    /// <param name="volume">The volume.</param>
    /// <param name="grid">The grid wanted.</param>
    /// <param name="outside">The value beyond the volume.</param>
    public static Volume<T> Nearest<T>(Volume<T> volume, VoxelGrid grid, T outside = default)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(grid);
        var size = volume.Size;
        return OnGrid(volume, grid, outside, (channel, point) => channel.Span[volume.Grid.Index(
            At(point.X, size.Width), At(point.Y, size.Height), At(point.Z, size.Depth))]);

        // Floor of x + ½ rather than Math.Round, whose halves go to even numbers.
        static int At(double coordinate, int extent) => Math.Clamp((int)Math.Floor(coordinate + 0.5 + TieTolerance), 0, extent - 1);
    }

    /// <summary>
    /// The label map on a grid, each voxel with the label of the largest weight under linear interpolation of the labels' indicators (the
    /// lower label on a tie): smoother outlines than <see cref="Nearest"/>.
    /// </summary>
    /// <param name="labels">The label map.</param>
    /// <param name="grid">The grid wanted.</param>
    /// <param name="outside">The label beyond the volume.</param>
    public static Volume<int> Majority(Volume<int> labels, VoxelGrid grid, int outside = 0)
    {
        var stencil = new LinearStencil();
        return OnGrid(labels, grid, outside, (channel, point) =>
        {
            stencil.Place(labels.Grid, point);
            return stencil.Majority(channel.Span);
        });
    }

    private static Volume<T> OnGrid<T>(Volume<T> volume, VoxelGrid grid, T outside, Func<ReadOnlyMemory<T>, Vector3D, T> interpolate)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(grid);
        var toSource = volume.Grid.Affine.Inverse() * grid.Affine;
        var (step, count) = (toSource.Column(0), (int)volume.Size.Count);
        var values = new T[checked(volume.Channels * (int)grid.Size.Count)];
        var to = 0;
        for (var channel = 0; channel < volume.Channels; channel++)
        {
            var source = new ReadOnlyMemory<T>(volume.Data, channel * count, count);
            for (var z = 0; z < grid.Size.Depth; z++)
                for (var y = 0; y < grid.Size.Height; y++)
                {
                    var start = toSource.Apply(new(0, y, z));
                    for (var x = 0; x < grid.Size.Width; x++)
                    {
                        var point = start + (x * step);
                        values[to++] = IsInside(point, volume.Size) ? interpolate(source, point) : outside;
                    }
                }
        }
        return volume.On(grid, values);
    }

    /// <summary>Whether a place, in voxels, lies within the outer faces of a volume.</summary>
    internal static bool IsInside(Vector3D point, VolumeSize size)
    {
        // Half a voxel beyond the centres are the outer faces; the rest is rounding of the maps.
        const double Face = 0.5 + 1e-6;
        return point.X >= -Face && point.X <= size.Width - 1 + Face
            && point.Y >= -Face && point.Y <= size.Height - 1 + Face
            && point.Z >= -Face && point.Z <= size.Depth - 1 + Face;
    }
}
