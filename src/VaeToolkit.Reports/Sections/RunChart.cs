using System.Globalization;

namespace VaeToolkit.Reports;

/// <summary>Charts over a run's epochs, with the best one marked, and the end of a warm-up.</summary>
internal static class RunChart
{
    public static double[] Epochs(RunRecord run) => [.. run.Epochs.Select(epoch => (double)epoch.Epoch)];

    public static ReportChart Of(RunRecord run, string unit, string caption, IReadOnlyList<ReportCurve> curves) => new()
    {
        Caption = caption,
        X = "epoch",
        Y = unit,
        Curves = curves,
        Marks = [.. Marks(run)],
    };

    /// <summary>A curve of the training data and, where there is one, of the validation data.</summary>
    public static ReportChart Both(
        RunRecord run, string unit, string caption, IEnumerable<double> training, IEnumerable<double?> validation)
    {
        var curves = new List<ReportCurve> { new("training", Epochs(run), [.. training]) };
        double[] values = [.. validation.Select(value => value ?? double.NaN)];
        if (values.Any(double.IsFinite))
            curves.Add(new("validation", Epochs(run), values) { Style = CurveStyle.Dashes });
        return Of(run, unit, caption, curves);
    }

    private static IEnumerable<(double At, string Meaning)> Marks(RunRecord run)
    {
        yield return (run.Best.Epoch, string.Create(CultureInfo.InvariantCulture, $"best epoch, {run.Best.Epoch}"));
        var warming = run.Epochs.Count(epoch => epoch.IsWarmUp);
        if (warming > 0 && warming < run.Epochs.Count)
            yield return (warming + 0.5, "end of the warm-up");
    }
}
