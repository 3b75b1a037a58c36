using MathNet.Numerics;
using MathNet.Numerics.Statistics;

namespace VaeToolkit.Survival;

/// <summary>The interval over which all folds are scored, and which folds could not reach the end that was wanted.</summary>
internal sealed record ScoreInterval(double From, double Until, IReadOnlyList<string> Findings)
{
    // Event times that differ by rounding only make no interval.
    private const double Rounding = 1e-9;

    /// <summary>The times at which Brier scores are computed.</summary>
    public double[] Grid(int points) => Generate.LinearSpaced(points, From, Until);

    /// <exception cref="ArgumentException">There is no such interval, or a fold cannot reach the end that was asked for.</exception>
    public static ScoreInterval Of(SurvivalTimes patients, IReadOnlyList<TestFold> folds, CrossValidationOptions options)
    {
        var times = patients.Times.ToArray();
        var events = times.Where((_, row) => patients.Events[row]).ToArray();
        var (from, wanted) =
            (options.From ?? events.Quantile(options.FirstQuantile), options.Until ?? events.Quantile(options.LastQuantile));
        if (!HasLength(from, wanted))
            throw new ArgumentException(
                FormattableString.Invariant($"The scores' interval would go from {from} to {wanted}; it must have a length."),
                nameof(options));
        double[] candidates = [.. times.Where(time => time < wanted), wanted];
        var reaches = folds.Select(fold => (fold.Fold, Until: fold.Reach(candidates))).Where(reach => !(reach.Until >= wanted)).ToList();
        var until = reaches.Count == 0 ? wanted : reaches.Min(reach => reach.Until);
        var findings = reaches.ConvertAll(reach => FormattableString.Invariant(
            $"fold {reach.Fold.Index} of repeat {reach.Fold.Repeat} can be scored until {reach.Until:G6} only, not {wanted:G6}"));
        return HasLength(from, until) && (reaches.Count == 0 || options.Until is null) ? new(from, until, findings)
            : throw new ArgumentException(
                FormattableString.Invariant($"All folds must be scored from {from} to ")
                + FormattableString.Invariant($"{(options.Until is null ? "a later time" : wanted)}, but ")
                + string.Join("; ", findings) + ": take an earlier end, or fewer folds.", nameof(options));
    }

    private static bool HasLength(double from, double until) => until - from > Rounding * until;
}
