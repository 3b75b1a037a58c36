namespace VaeToolkit.Volumes;

/// <summary>What a scanner adds: blur, a bias field, Rician noise, and arbitrary units.</summary>
internal static class PhantomScanner
{
    private const double BlurDeviation = 0.6;
    private const double LargestBias = 0.6;

    public static Volume<float> Scan(ref SplitMix64 random, VoxelGrid grid, double[] values)
    {
        var blurred = Smoothing.Gaussian(
            new(grid, Array.ConvertAll(values, value => (float)value)), new(BlurDeviation, BlurDeviation, BlurDeviation));
        var bias = new double[SmoothField.Count];
        for (var i = 0; i < bias.Length; i++)
            bias[i] = random.Normal(0.1);
        var (noise, unit) = (random.Uniform(0.02, 0.06), random.Uniform(200, 2000));
        var scanned = new float[values.Length];
        for (var i = 0; i < scanned.Length; i++)
        {
            var signal = blurred.Data[i] * Math.Exp(Math.Clamp(SmoothField.At(bias, grid.Size, i), -LargestBias, LargestBias));
            var (real, imaginary) = (signal + random.Normal(noise), random.Normal(noise));
            scanned[i] = (float)(unit * Math.Sqrt((real * real) + (imaginary * imaginary)));
        }
        return new(grid, scanned);
    }
}
