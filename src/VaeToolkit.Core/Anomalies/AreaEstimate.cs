using MathNet.Numerics.Distributions;

namespace VaeToolkit.Evaluation;

/// <summary>An area under a curve, between 0 and 1, with its standard error and an interval that stays between 0 and 1.</summary>
/// <param name="Value">The area.</param>
/// <param name="StandardError">Its standard error.</param>
/// <param name="Lower">The interval's lower end.</param>
/// <param name="Upper">The interval's upper end.</param>
/// <param name="Level">The interval's level, such as 0.95.</param>
public sealed record AreaEstimate(double Value, double StandardError, double Lower, double Upper, double Level)
{
    /// <summary>
    /// With an interval that is symmetric on the scale of log (a / (1 − a)). An area of 1 or 0 has no spread there; its interval is the
    /// exact binomial one (Clopper &amp; Pearson 1934) of so many trials without a failure.
    /// </summary>
    internal static AreaEstimate Of(double value, double standardError, double level, int trials)
    {
        var farEnd = 1 - Math.Pow((1 - level) / 2, 1.0 / trials);
        if (value >= 1)
            return new(1, standardError, 1 - farEnd, 1, level);
        if (value <= 0)
            return new(0, standardError, 0, farEnd, level);
        var centre = Math.Log(value / (1 - value));
        var width = Normal.InvCDF(0, 1, (1 + level) / 2) * standardError / (value * (1 - value));
        return new(value, standardError, Share(centre - width), Share(centre + width), level);

        static double Share(double logit) => 1 / (1 + Math.Exp(-logit));
    }

    /// <summary>The area and its interval.</summary>
    public override string ToString()
        => FormattableString.Invariant($"{Value:F4} ± {StandardError:F4} ({Level:P0} interval {Lower:F4} to {Upper:F4})");
}
