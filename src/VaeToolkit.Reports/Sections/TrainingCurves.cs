namespace VaeToolkit.Reports;

/// <summary>The loss and every term by epoch, what was set to change, and the time of a step.</summary>
internal sealed class TrainingCurves : IReportSection
{
    private static readonly string[] s_schedules = ["beta", "capacity", "lambda"];
    private static readonly string[] s_nats = ["reconstruction", "kl", "kl_sampled", "bound", "distortion", "rate"];

    public ReportSection Make(ReportContext context)
    {
        var run = context.Run;
        var blocks = new List<ReportBlock> { Loss(run) };
        blocks.AddRange(run.Terms.Where(term => !Constraint.IsOfConstraint(run, term) && !IsSchedule(term))
            .Select(term => Term(run, term)));
        var (changing, constant) = (new List<ReportBlock>(), new List<string>());
        foreach (var (name, unit, values) in Schedules(run))
        {
            if (values.Count > 1 && values.All(value => value == values[0]))
                constant.Add($"{name} {Digits.Tick(values[0])}");
            else
                changing.Add(RunChart.Of(run, unit.Length > 0 ? $"{name}, {unit}" : name, name, [new(name, RunChart.Epochs(run), values)]));
        }
        blocks.AddRange(changing);
        if (constant.Count > 0)
            blocks.Add(new ReportText($"Constant throughout: {string.Join(", ", constant)}."));
        blocks.Add(EpochTable(run));
        return new("Curves", blocks);
    }

    public static bool IsSchedule(string term) => s_schedules.Any(name => term.StartsWith(name, StringComparison.Ordinal));

    /// <summary>A term with its unit, where it is one that the library's objectives measure in nats.</summary>
    public static string WithUnit(string term)
        => s_nats.Contains(term) ? $"{term}, nats per item" : term;

    private static ReportChart Loss(RunRecord run) => RunChart.Both(
        run, "loss, nats per item", "Loss", run.Epochs.Select(epoch => epoch.TrainLoss), run.Epochs.Select(epoch => epoch.ValidationLoss));

    private static ReportChart Term(RunRecord run, string term) => RunChart.Both(
        run, WithUnit(term), term, run.Epochs.Select(epoch => epoch.Terms.GetValueOrDefault(term, double.NaN)),
        run.Epochs.Select(epoch => epoch.ValidationTerms is { } terms && terms.TryGetValue(term, out var value) ? value : (double?)null));

    private static IEnumerable<(string Name, string Unit, IReadOnlyList<double> Values)> Schedules(RunRecord run)
    {
        foreach (var term in run.Terms.Where(term => IsSchedule(term) && !Constraint.IsOfConstraint(run, term)))
            yield return (term, "", [.. run.Epochs.Select(epoch => epoch.Terms.GetValueOrDefault(term, double.NaN))]);
        yield return ("learning rate", "", [.. run.Epochs.Select(epoch => epoch.LearningRate)]);
        var steps = run.Epochs.Zip(run.Epochs.Select(epoch => epoch.Steps).Prepend(0), (epoch, before) => epoch.Steps - before);
        yield return ("time of a step", "ms", [.. run.Epochs.Zip(steps, (epoch, count) => 1000 * epoch.Seconds / Math.Max(1, count))]);
    }

    private static ReportTable EpochTable(RunRecord run)
    {
        string[] columns =
        [
            "epoch", "loss", .. run.Epochs[0].ValidationLoss is null ? [] : new[] { "validation loss" }, .. run.Terms, "learning rate",
            "seconds",
        ];
        var rows = run.Epochs.Select(epoch => (string[])
        [
            Digits.Of(epoch.Epoch), Digits.Of(epoch.TrainLoss),
            .. run.Epochs[0].ValidationLoss is null ? [] : new[] { Digits.Of(epoch.ValidationLoss ?? double.NaN) },
            .. run.Terms.Select(term => Digits.Of(epoch.Terms.GetValueOrDefault(term, double.NaN))), Digits.Of(epoch.LearningRate),
            Digits.Of(epoch.Seconds),
        ]);
        return new("Every epoch in numbers", columns, [.. rows]) { IsFolded = true };
    }
}
