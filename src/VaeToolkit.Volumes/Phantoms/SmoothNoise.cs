namespace VaeToolkit.Volumes;

/// <summary>
/// Smooth noise over a volume: cubic B-splines over k cells an axis with (k + 3)³ normal coefficients,
/// divided by the standard deviation that they have at lattice points.
/// </summary>
internal static class SmoothNoise
{
    private const int Support = 4;

    // At a lattice point the weights along an axis are 1/6, 4/6 and 1/6, whose squares sum to ½; so the variance over three axes is ⅛.
    private static readonly double s_latticeDeviation = Math.Sqrt(0.125);

    /// <summary>The noise at every voxel centre, x fastest.</summary>
    public static double[] Draw(ref SplitMix64 random, VolumeSize size, int cells)
    {
        var edge = cells + Support - 1;
        var lattice = Lattice(ref random, edge);
        var (x, y, z) = (Splines(size.Width, cells), Splines(size.Height, cells), Splines(size.Depth, cells));
        var noise = new double[size.Count];
        var (slice, row, to) = (new double[edge * edge], new double[edge], 0);
        foreach (var spline in z)
        {
            Contract(lattice, spline, slice);
            foreach (var other in y)
            {
                Contract(slice, other, row);
                foreach (var last in x)
                    noise[to++] = last.Apply(row, 0, 1);
            }
        }
        return noise;
    }

    private static double[] Lattice(ref SplitMix64 random, int edge)
    {
        var lattice = new double[edge * edge * edge];
        for (var i = 0; i < lattice.Length; i++)
            lattice[i] = random.Normal(1 / s_latticeDeviation);
        return lattice;
    }

    /// <summary>Applies a spline along the slowest axis.</summary>
    private static void Contract(double[] values, Spline spline, double[] result)
    {
        for (var i = 0; i < result.Length; i++)
            result[i] = spline.Apply(values, i, result.Length);
    }

    private static Spline[] Splines(int extent, int cells) =>
        [.. Enumerable.Range(0, extent).Select(i => Spline.At((i + 0.5) / extent * cells))];

    /// <summary>The four weights of the uniform cubic B-spline at a place, and the first lattice point they belong to.</summary>
    private readonly record struct Spline(int First, double A, double B, double C, double D)
    {
        public static Spline At(double place)
        {
            var first = (int)place;
            var t = place - first;
            var (square, cube) = (t * t, t * t * t);
            return new(first, (1 - (3 * t) + (3 * square) - cube) / 6, (4 - (6 * square) + (3 * cube)) / 6,
                (1 + (3 * t) + (3 * square) - (3 * cube)) / 6, cube / 6);
        }

        public double Apply(double[] values, int offset, int stride)
        {
            var at = offset + (First * stride);
            return (A * values[at]) + (B * values[at + stride]) + (C * values[at + (2 * stride)]) + (D * values[at + (3 * stride)]);
        }
    }
}
