using VaeToolkit.Evaluation;

namespace VaeToolkit.Reports;

/// <summary>Several runs side by side.</summary>
internal sealed class RunComparison
{
    private readonly IReadOnlyList<RunRecord> _runs;
    private readonly IReadOnlyList<string[]?> _scores;
    private readonly IReadOnlyList<ReportSection?> _samples;

    private RunComparison(IReadOnlyList<RunRecord> runs, IReadOnlyList<string[]?> scores, IReadOnlyList<ReportSection?> samples)
    {
        (_runs, _scores, _samples) = (runs, scores, samples);
        Names = runs.DistinctBy(run => run.Name).Count() == runs.Count ? [.. runs.Select(run => run.Name)]
            : [.. runs.Select(run => run.Folder)];
    }

    /// <summary>The folders' names, or their paths where two have one name.</summary>
    public IReadOnlyList<string> Names { get; }

    public static RunComparison Of(IReadOnlyList<string> folders, ReportOptions options)
    {
        var (runs, scores, samples) = (new List<RunRecord>(), new List<string[]?>(), new List<ReportSection?>());
        foreach (var folder in folders)
        {
            using var context = new ReportContext(RunRecord.Read(folder), options);
            runs.Add(context.Run);
            scores.Add(Score(context));
            samples.Add(new Samples().Make(context));
        }
        return new(runs, scores, samples);
    }

    public string Summary()
    {
        if (!HaveOneObjective())
            return "The runs minimise different objectives, so their losses do not compare: look at terms and scores.";
        if (_runs.Select(run => run.Best.ValidationLoss is null).Distinct().Count() > 1)
            return "Some runs were validated and some were not, so their losses do not compare: look at the scores.";
        if (_runs.Any(run => run.Best.IsWarmUp))
            return "The warm-up of a run was never over, so the losses do not compare: look at terms and scores.";
        var best = _runs.MinBy(run => run.BestLoss)!;
        return $"The lowest {RunSummary.LossName(best)} is that of {Names[_runs.ToList().IndexOf(best)]}: {Digits.Of(best.BestLoss)} "
            + $"nats per item in epoch {Digits.Of(best.Best.Epoch)}.";
    }

    public IEnumerable<ReportSection> Sections()
    {
        yield return new("Runs", [Overview(), .. Scores()]);
        yield return new("Curves", [.. Charts()]);
        yield return new("Samples", [.. Names.Zip(_samples).Where(pair => pair.Second is not null)
            .SelectMany(pair => pair.Second!.Blocks.Prepend(new ReportText(pair.First)))]);
        yield return new("Settings that differ", [.. Differences()]);
    }

    private static string[]? Score(ReportContext context)
    {
        if (context.Items is not { } items)
            return null;
        using var first = items.First(Math.Min(context.Options.Importance.Items, items.Count));
        var nll = Evaluate.NegativeLogLikelihood(
            context.Vae!, first, new() { Samples = context.Options.Importance.Samples, Seed = context.Options.Seed });
        var activity = context.Latents!.Activity;
        return [Digits.Of(nll.Mean, nll.StandardError),
            $"{Digits.Of(activity.ActiveUnits)} of {Digits.Of(activity.MeanVariances.Count)}", Digits.Of(nll.Items)];
    }

    private IEnumerable<ReportTable> Scores()
    {
        string[][] rows = [.. Names.Zip(_scores).Where(pair => pair.Second is not null)
            .Select(pair => (string[])[pair.First, .. pair.Second!])];
        if (rows.Length > 0)
        {
            yield return new("The same items scored by every model",
                ["run", "NLL, nats ± standard error", "active latent features", "items"], rows);
        }
    }

    // The same type with other weights is another objective too.
    private bool HaveOneObjective() => _runs.Select(run => string.Join(
        "\n", run.Settings.Where(setting => run.Objective is { } name && setting.Key.StartsWith(name + ".", StringComparison.Ordinal))
            .Select(setting => $"{setting.Key} {setting.Value}").Prepend(run.Objective))).Distinct().Count() == 1;

    private ReportTable Overview() => new(
        "Best epochs", ["run", "objective", "loss, nats per item", "best epoch", "epochs", "seconds an epoch", "what to look at"],
        [.. _runs.Select((run, i) => (string[])
        [
            Names[i], run.Objective ?? "", Digits.Of(run.BestLoss), Digits.Of(run.Best.Epoch), Digits.Of(run.Epochs.Count),
            Digits.Of(run.Epochs.Average(epoch => epoch.Seconds)),
            string.Join(" ", RunFindings.Of(run, activity: null).Select(finding => finding.Text)),
        ])]);

    private IEnumerable<ReportChart> Charts()
    {
        var validated = _runs.All(run => run.Epochs[0].ValidationLoss is not null);
        var which = validated ? "validation" : "training";
        yield return Chart($"Loss, {which}", "loss, nats per item", run => [.. run.Epochs.Select(
            epoch => validated ? epoch.ValidationLoss ?? double.NaN : epoch.TrainLoss)]);
        foreach (var term in _runs.SelectMany(run => run.Terms).Distinct())
        {
            yield return Chart($"{term}, {which}", TrainingCurves.WithUnit(term), run => [.. run.Epochs.Select(
                epoch => (validated ? epoch.ValidationTerms! : epoch.Terms).GetValueOrDefault(term, double.NaN))]);
        }
    }

    private ReportChart Chart(string caption, string unit, Func<RunRecord, double[]> values) => new()
    {
        Caption = caption,
        X = "epoch",
        Y = unit,
        Curves = [.. _runs.Select((run, i) => new ReportCurve(Names[i], RunChart.Epochs(run), values(run)) { Colour = i })
            .Where(curve => curve.Y.Any(double.IsFinite))],
    };

    private IEnumerable<ReportTable> Differences()
    {
        if (_runs.Count < 2)
            yield break;
        var all = _runs.Select(run => run.Options.Concat(run.Settings).Concat(run.Parts).Concat(run.Environment)
            .GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.First().Value)).ToList();
        var names = all.SelectMany(settings => settings.Keys).Distinct()
            .Where(name => name is not ("started" or "checkpoint_directory"))
            .Where(name => all.Select(settings => settings.GetValueOrDefault(name, "")).Distinct().Count() > 1).ToList();
        if (names.Count > 0)
        {
            yield return new("Only what is not the same in all", ["name", .. Names], [.. names.Select(name => (string[])
                [name.Replace('_', ' '), .. all.Select(settings => settings.GetValueOrDefault(name, ""))])]);
        }
    }
}
