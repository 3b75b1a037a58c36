using MathNet.Numerics.Statistics;

namespace VaeToolkit.Volumes;

/// <summary>(v − mean) / standard deviation over the foreground, cut at ± a limit.</summary>
public sealed class ZScore : IntensityScaling
{
    private readonly double _limit = 5;

    /// <summary>Where results are cut, in standard deviations; positive, +∞ for nowhere.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public double Limit
    {
        get => _limit;
        init => _limit = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The limit must be positive.");
    }

    /// <summary>What is done, and the limit.</summary>
    public override string ToString() => FormattableString.Invariant($"z-scores, cut at ± {_limit}");

    private protected override IntensityMap Map(float[] sorted)
    {
        var values = Array.ConvertAll(sorted, value => (double)value);
        return new(values.Mean(), values.PopulationStandardDeviation(), -_limit, _limit);
    }
}
