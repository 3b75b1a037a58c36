using System.Globalization;
using MathNet.Numerics.Distributions;

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

    private double Half => Runs < 2 ? double.NaN : StudentT.InvCDF(0, 1, Runs - 1, (1 + Level) / 2) * StandardError;

    internal static StudyEstimate Of(IReadOnlyList<double> values, double level)
    {
        if (!(level is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(level), level, "the level must be between 0 and 1");
        var mean = values.Average();
        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        return new(mean, Math.Sqrt(variance / values.Count), values.Count, level);
    }

    /// <summary>Mean, standard error and number of runs.</summary>
    public override string ToString() => Runs < 2
        ? string.Create(CultureInfo.InvariantCulture, $"{Mean:G5} (one run)")
        : string.Create(CultureInfo.InvariantCulture, $"{Mean:G5} ± {StandardError:G2} ({Runs} runs)");
}
