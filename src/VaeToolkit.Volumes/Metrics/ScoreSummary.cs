using MathNet.Numerics.Statistics;

namespace VaeToolkit.Volumes;

/// <summary>One score over volumes: every volume counts once, however large.</summary>
/// <param name="Count">Volumes with a finite score, over which the rest is taken.</param>
/// <param name="Mean">The mean; NaN over none.</param>
/// <param name="StandardDeviation">The standard deviation, divided by count − 1; NaN below two.</param>
/// <param name="Median">The median; NaN over none.</param>
/// <param name="LeftOut">Volumes whose score is NaN.</param>
/// <param name="Infinite">Volumes whose score is infinite.</param>
public sealed record ScoreSummary(int Count, double Mean, double StandardDeviation, double Median, int LeftOut, int Infinite)
{
    /// <summary>The mean's standard error, standard deviation / √count; NaN below two.</summary>
    public double StandardError => StandardDeviation / Math.Sqrt(Count);

    /// <summary>Summarises scores.</summary>
    /// <param name="scores">One for each volume.</param>
    public static ScoreSummary Of(IEnumerable<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var all = scores.ToArray();
        var finite = all.Where(double.IsFinite).ToArray();
        var unit = ScaledMoments.UnitOf(finite);
        var inUnits = Array.ConvertAll(finite, score => score / unit);
        return new(
            finite.Length, inUnits.Mean() * unit, inUnits.StandardDeviation() * unit, inUnits.Median() * unit,
            all.Count(double.IsNaN), all.Count(double.IsInfinity));
    }

    /// <summary>The mean with its standard error, and what is left out: <c>0.874 ± 0.012 (n = 30)</c>.</summary>
    public override string ToString()
    {
        var left = (LeftOut > 0 ? $", {LeftOut} left out" : "") + (Infinite > 0 ? $", {Infinite} infinite" : "");
        return FormattableString.Invariant($"{Mean:F3} ± {StandardError:F3} (n = {Count}{left})");
    }
}
