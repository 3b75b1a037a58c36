using MathNet.Numerics.Statistics;

namespace VaeToolkit.Volumes;

/// <summary>
/// A background of noise: the lower of the two classes into which Otsu's threshold parts the values, where most of the border belongs to it
/// and its spread there is small beside its distance from the other class. Tissue that a volume was cropped to is not so even.
/// </summary>
/// <param name="Median">The median of the border's noise.</param>
/// <param name="Most">What is at most this is background.</param>
internal readonly record struct NoisyBackground(float Median, float Most)
{
    // Of a thousand million normal numbers one is more than six deviations above the mean.
    private const double NoiseReach = 6;
    private const double SmallestDistance = 8;

    // A normal distribution's deviation in median absolute deviations.
    private const double DeviationOfMedian = 1.4826;
    private const double LeastPercent = 0.5;
    private const double MostPercent = 99.5;

    // Air beside padding is what Hounsfield units say; anything else beside it may be the body.
    private const double LowestAir = -1100;
    private const double HighestAir = -900;

    /// <summary>Finds it, or null. With padding, it must be air.</summary>
    public static NoisyBackground? Of(VolumeFaces faces, float? padding)
    {
        float[] border = [.. faces.Border(padding)];
        // Metal and single bright voxels would draw the threshold up.
        var values = Robust(faces.Values(padding));
        if (border.Length == 0 || FloatSpread.IsConstant(values[0], values[^1]))
            return null;
        var threshold = OtsuThreshold.Of(values);
        double[] lower = [.. border.Where(value => value <= threshold).Select(value => (double)value)];
        if (2 * lower.Length <= border.Length)
            return null;
        var (median, deviation) = (lower.Median(), Deviation(lower));
        var distance = values.Where(value => value > threshold).Average(value => (double)value) - median;
        return distance < SmallestDistance * deviation || (padding is not null && median is < LowestAir or > HighestAir) ? null
            : new((float)median, (float)Math.Min(threshold, median + (NoiseReach * deviation)));
    }

    private static float[] Robust(float[] values)
    {
        Array.Sort(values);
        if (values.Length == 0)
            return [0];
        var (least, most) = (At(LeastPercent), At(MostPercent));
        return [.. values.Select(value => Math.Clamp(value, least, most))];

        float At(double percent) => values[(int)(percent / 100 * (values.Length - 1))];
    }

    private static double Deviation(double[] values)
    {
        var median = values.Median();
        var deviation = DeviationOfMedian * values.Select(value => Math.Abs(value - median)).Median();
        return deviation > 0 ? deviation : values.PopulationStandardDeviation();
    }
}
