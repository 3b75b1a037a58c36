namespace VaeToolkit.Volumes;

/// <summary>Two percentiles of the foreground to 0 and 1, cut there. 0 and 100 give the minimum and maximum of the volume.</summary>
public sealed class PercentileRange : IntensityScaling
{
    private readonly double _low;
    private readonly double _high;

    /// <summary>Scaling between two percentiles.</summary>
    /// <param name="low">What becomes 0, in percent.</param>
    /// <param name="high">What becomes 1, in percent.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not ascending in 0 to 100.</exception>
    public PercentileRange(double low = 0.5, double high = 99.5)
    {
        if (!(low >= 0 && low < high && high <= 100))
            throw new ArgumentOutOfRangeException(
                nameof(low), low, FormattableString.Invariant($"Percentiles must be ascending in 0 to 100, but are {low} and {high}."));
        (_low, _high) = (low, high);
    }

    /// <summary>The percentiles.</summary>
    public override string ToString() => FormattableString.Invariant($"percentiles {_low} to {_high} to 0 and 1");

    private protected override IntensityMap Map(float[] sorted)
    {
        var (low, high) = (Quantile(sorted, _low), Quantile(sorted, _high));
        // Where nearly all values are one, its percentiles coincide; the whole range then stands in.
        return FloatSpread.IsConstant(low, high) ? new(sorted[0], sorted[^1] - (double)sorted[0], 0, 1) : new(low, high - low, 0, 1);
    }
}
