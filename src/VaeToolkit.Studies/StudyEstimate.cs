using System.Globalization;
using MathNet.Numerics.Statistics;

namespace VaeToolkit.Studies;

/// <summary>A mean over runs, with its standard error s / √n and Student's interval mean ± t s / √n of n − 1 degrees of
/// freedom.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardError">Its standard error; NaN for one run.</param>
/// <param name="Runs">n.</param>
/// <param name="Level">The interval's level, such as 0.95.</param>
public sealed record StudyEstimate(double Mean, double StandardError, int Runs, double Level)
{
    /// <summary>The interval's lower end; NaN for one run.</summary>
    public double Lower => Mean - Half;

    /// <summary>The interval's upper end; NaN for one run.</summary>
    public double Upper => Mean + Half;

    private double Half => Runs < 2 ? double.NaN : StudentQuantile.TwoSided(Runs - 1, Level) * StandardError;

    internal static StudyEstimate Of(IReadOnlyList<double> values, double level)
    {
        if (!(level is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(level), level, "the level must be between 0 and 1");
        // Squares of large values have no double: the sums are of values below 2, by a power of two, which changes no digit. They are of
        // differences from the first, so that equal values have no error.
        var largest = values.Max(Math.Abs);
        var exponent = largest > 0 && double.IsFinite(largest) ? Math.ILogB(largest) : 0;
        var first = Math.ScaleB(values[0], -exponent);
        var (mean, deviation) = values.Select(value => Math.ScaleB(value, -exponent) - first).MeanStandardDeviation();
        return new(
            Math.ScaleB(first + mean, exponent), Math.ScaleB(deviation / Math.Sqrt(values.Count), exponent), values.Count, level);
    }

    /// <summary>Mean, standard error and number of runs.</summary>
    public override string ToString() => Runs < 2
        ? string.Create(CultureInfo.InvariantCulture, $"{Mean:G5} (one run)")
        : string.Create(CultureInfo.InvariantCulture, $"{Mean:G5} ± {StandardError:G2} ({Runs} runs)");
}
