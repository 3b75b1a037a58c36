using VaeToolkit.Data;
using VaeToolkit.WeightPriors.Volumes;

namespace VaeToolkit.WeightPriors.Phantoms;

/// <summary>What a scanner adds: blur, a bias field, Rician noise, and arbitrary units.</summary>
internal static class PhantomScanner
{
    private const double BlurDeviation = 0.6;
    private const double LargestBias = 0.6;

    public static Volume<float> Scan(ref SplitMix64 random, VoxelGrid grid, double[] values)
    {
        var blurred = Smoothing.Gaussian(new(grid, Array.ConvertAll(values, value => (float)value)), new(BlurDeviation, BlurDeviation, BlurDeviation));
        var bias = new double[9];
        for (var i = 0; i < bias.Length; i++)
            bias[i] = random.Normal(0.1);
        var (noise, unit) = (random.Uniform(0.02, 0.06), random.Uniform(200, 2000));
        var scanned = new float[values.Length];
        for (var i = 0; i < scanned.Length; i++)
        {
            var signal = blurred.Data[i] * Math.Exp(Math.Clamp(Bias(bias, grid.Size, i), -LargestBias, LargestBias));
            var (real, imaginary) = (signal + random.Normal(noise), random.Normal(noise));
            scanned[i] = (float)(unit * Math.Sqrt((real * real) + (imaginary * imaginary)));
        }
        return new(grid, scanned);
    }

    private static double Bias(double[] c, VolumeSize size, int voxel)
    {
        var x = ((2 * (voxel % size.Width)) + 1.0) / size.Width - 1;
        var y = ((2 * (voxel / size.Width % size.Height)) + 1.0) / size.Height - 1;
        var z = ((2 * (voxel / size.Width / size.Height)) + 1.0) / size.Depth - 1;
        return (c[0] * x) + (c[1] * y) + (c[2] * z) + (c[3] * x * y) + (c[4] * y * z) + (c[5] * x * z)
            + (c[6] * ((x * x) - 0.33)) + (c[7] * ((y * y) - 0.33)) + (c[8] * ((z * z) - 0.33));
    }
}
