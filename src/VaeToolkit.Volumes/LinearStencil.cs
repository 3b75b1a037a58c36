namespace VaeToolkit.Volumes;

/// <summary>The eight voxels around a point and their weights under linear interpolation.</summary>
internal sealed class LinearStencil
{
    public const int Count = 8;

    // Weights this much apart are equal but for the rounding of affine maps in files.
    private const double TieTolerance = 1e-4;

    public int[] Indices { get; } = new int[Count];

    public double[] Weights { get; } = new double[Count];

    /// <summary>Moves the stencil to a point in voxels; beyond the outermost centres the outermost voxel stands on both sides.</summary>
    public void Place(VoxelGrid grid, Vector3D point)
    {
        var (x, y, z) = (Side.Of(point.X, grid.Size.Width), Side.Of(point.Y, grid.Size.Height), Side.Of(point.Z, grid.Size.Depth));
        for (var i = 0; i < Count; i++)
        {
            Indices[i] = grid.Index(x.Voxel(i & 1), y.Voxel((i >> 1) & 1), z.Voxel(i >> 2));
            Weights[i] = x.Weight(i & 1) * y.Weight((i >> 1) & 1) * z.Weight(i >> 2);
        }
    }

    /// <summary>The value of the largest total weight; the lower one on a tie.</summary>
    public int Majority(ReadOnlySpan<int> values)
    {
        var (best, most) = (int.MaxValue, -1.0);
        for (var i = 0; i < Count; i++)
        {
            var label = values[Indices[i]];
            var weight = 0.0;
            for (var j = 0; j < Count; j++)
                weight += values[Indices[j]] == label ? Weights[j] : 0;
            if (weight > most + TieTolerance || (weight > most - TieTolerance && label < best))
                (best, most) = (label, weight);
        }
        return best;
    }

    private readonly record struct Side(int Low, int High, double Fraction)
    {
        public static Side Of(double coordinate, int extent)
        {
            var inside = Math.Clamp(coordinate, 0, extent - 1);
            var low = (int)inside;
            return new(low, Math.Min(low + 1, extent - 1), inside - low);
        }

        public int Voxel(int side) => side == 0 ? Low : High;

        public double Weight(int side) => side == 0 ? 1 - Fraction : Fraction;
    }
}
