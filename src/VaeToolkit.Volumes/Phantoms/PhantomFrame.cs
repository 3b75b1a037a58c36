namespace VaeToolkit.Volumes;

/// <summary>Where each voxel lies in the standard head: a small rotation, shift and scaling for every head, and a smooth warp.</summary>
internal static class PhantomFrame
{
    private const double Angle = 8 * Math.PI / 180;
    private const double Warp = 0.020;
    private const int WarpCells = 3;

    // The field of view; the standard head is then 160 x 190 x 180 mm.
    private const double Millimetres = 200;

    /// <summary>The grid: axes right, anterior and superior, the field's centre at the world's origin.</summary>
    public static VoxelGrid Grid(VolumeSize size)
    {
        var spacing = new Vector3D(Millimetres / size.Width, Millimetres / size.Height, Millimetres / size.Depth);
        var corner = new Vector3D((spacing.X - Millimetres) / 2, (spacing.Y - Millimetres) / 2, (spacing.Z - Millimetres) / 2);
        return new(size, Affine.Translation(corner) * Affine.Scaling(spacing));
    }

    /// <summary>p = Rᵀ(g − t) / c plus the warp, for g in [−1, 1]³ at voxel centres.</summary>
    public static Vector3D[] Points(ref SplitMix64 random, VolumeSize size)
    {
        var turn = Rotation.About(Symmetric(ref random, Angle)).Inverse();
        var shift = Symmetric(ref random, 0.04);
        var scale = new Vector3D(random.Uniform(0.94, 1.06), random.Uniform(0.94, 1.06), random.Uniform(0.94, 1.06));
        double[][] warp =
        [
            SmoothNoise.Draw(ref random, size, WarpCells), SmoothNoise.Draw(ref random, size, WarpCells),
            SmoothNoise.Draw(ref random, size, WarpCells),
        ];
        var points = new Vector3D[size.Count];
        for (var i = 0; i < points.Length; i++)
        {
            var (x, y, z) = (i % size.Width, i / size.Width % size.Height, i / size.Width / size.Height);
            var place = new Vector3D(Centre(x, size.Width), Centre(y, size.Height), Centre(z, size.Depth));
            var turned = turn.Direction(place - shift);
            points[i] = new Vector3D(turned.X / scale.X, turned.Y / scale.Y, turned.Z / scale.Z)
                + (Warp * new Vector3D(warp[0][i], warp[1][i], warp[2][i]));
        }
        return points;
    }

    /// <summary>Three numbers uniform in [−limit, limit).</summary>
    public static Vector3D Symmetric(ref SplitMix64 random, double limit) =>
        new(random.Uniform(-limit, limit), random.Uniform(-limit, limit), random.Uniform(-limit, limit));

    /// <summary>Three half axes uniform in a range and then scaled to the volume of the unit ball.</summary>
    public static Vector3D UnitAxes(ref SplitMix64 random, double low, double high)
    {
        var axes = new Vector3D(random.Uniform(low, high), random.Uniform(low, high), random.Uniform(low, high));
        return 1 / Math.Cbrt(axes.X * axes.Y * axes.Z) * axes;
    }

    private static double Centre(int index, int extent) => (((2 * index) + 1.0) / extent) - 1;
}
