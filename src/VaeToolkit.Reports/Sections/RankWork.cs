using System.Globalization;
using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>What each of several ranks worked: all wait for the slowest.</summary>
internal sealed class RankWork : IReportSection
{
    // As in the epoch's own line: a rank that works so much longer than the others is named.
    private const double SlowShare = 1.25;

    public ReportSection? Make(ReportContext context)
    {
        if (Totals(context.Run) is not { } totals)
            return null;
        var epochs = Divided(context.Run);
        double[] at = [.. epochs.Select(epoch => (double)epoch.Epoch)];
        var chart = RunChart.Of(context.Run, "seconds of work, without waiting", "Ranks",
        [
            new("slowest rank", at, [.. epochs.Select(epoch => epoch.RankSeconds!.Max())]),
            new("mean of all", at, [.. epochs.Select(epoch => epoch.RankSeconds!.Average())]) { Style = CurveStyle.Dashes },
        ]);
        var rows = totals.Select((seconds, rank) => (string[])
            [rank.ToString(CultureInfo.InvariantCulture), Digits.Of(seconds), Digits.Of(seconds / totals.Average())]);
        return new("Ranks", chart, new ReportTable("Every rank's work", ["rank", "seconds", "of the mean"], [.. rows]) { IsFolded = true });
    }

    /// <summary>A rank that holds the others up, as a sentence; null where there is none.</summary>
    public static string? Slow(RunRecord run)
    {
        if (Totals(run) is not { } totals)
            return null;
        var slowest = Array.IndexOf(totals, totals.Max());
        var others = totals.Where((_, rank) => rank != slowest).Average();
        return totals[slowest] <= SlowShare * others ? null
            : $"Rank {slowest} is slow, and all wait for it: it worked {Digits.Of(totals[slowest])} s, the others {Digits.Of(others)} s.";
    }

    // Seconds of each rank over all epochs that as many have trained as the last.
    private static double[]? Totals(RunRecord run)
    {
        var epochs = Divided(run);
        return epochs.Count == 0 ? null
            : [.. Enumerable.Range(0, epochs[0].RankSeconds!.Count).Select(rank => epochs.Sum(epoch => epoch.RankSeconds![rank]))];
    }

    private static List<EpochSummary> Divided(RunRecord run) => run.Epochs[^1].RankSeconds is { Count: > 1 and var ranks }
        ? [.. run.Epochs.Where(epoch => epoch.RankSeconds?.Count == ranks)] : [];
}
