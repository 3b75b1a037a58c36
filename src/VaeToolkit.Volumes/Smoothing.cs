namespace VaeToolkit.Volumes;

/// <summary>Gaussian smoothing, axis by axis.</summary>
public static class Smoothing
{
    private const double Reach = 4;

    /// <summary>Convolves with a Gaussian cut off at four standard deviations; the volume is continued by its outermost voxels.</summary>
    /// <param name="image">The image; every channel is smoothed by itself.</param>
    /// <param name="deviation">Standard deviations along x, y and z in voxels; 0 leaves an axis as it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">A standard deviation is negative or not finite.</exception>
    public static Volume<float> Gaussian(Volume<float> image, Vector3D deviation)
    {
        ArgumentNullException.ThrowIfNull(image);
        var size = image.Size;
        var values = image.Data;
        values = AlongAxis(values, 1, size.Width, deviation.X);
        values = AlongAxis(values, size.Width, size.Height, deviation.Y);
        values = AlongAxis(values, size.Width * size.Height, size.Depth, deviation.Z);
        return image.With(values);
    }

    /// <summary>The halves of the kernel, centre first, with the sum of the whole at 1.</summary>
    private static double[] Kernel(double deviation)
    {
        if (!(deviation >= 0 && double.IsFinite(deviation)))
            throw new ArgumentOutOfRangeException(nameof(deviation), deviation, "A standard deviation must be finite and at least 0.");
        var radius = (int)Math.Ceiling(Reach * deviation);
        var kernel = Enumerable.Range(0, radius + 1).Select(i => i == 0 ? 1 : Math.Exp(-0.5 * (i / deviation) * (i / deviation))).ToArray();
        var sum = (2 * kernel.Sum()) - kernel[0];
        return [.. kernel.Select(weight => weight / sum)];
    }

    private static float[] AlongAxis(float[] values, int stride, int extent, double deviation)
    {
        var kernel = Kernel(deviation);
        if (kernel.Length == 1)
            return values;
        var smoothed = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var at = i / stride % extent;
            var first = i - (at * stride);
            var sum = kernel[0] * values[i];
            for (var k = 1; k < kernel.Length; k++)
                sum += kernel[k]
                    * (values[first + (Math.Max(0, at - k) * stride)] + values[first + (Math.Min(extent - 1, at + k) * stride)]);
            smoothed[i] = (float)sum;
        }
        return smoothed;
    }
}
