namespace VaeToolkit.Reports;

/// <summary>What was trained on, and what the report has looked at.</summary>
internal sealed class DataSummary : IReportSection
{
    public ReportSection? Make(ReportContext context)
    {
        List<ReportBlock> blocks = [.. new[] { Training(context), Shown(context) }.OfType<ReportBlock>(), .. Labels(context)];
        return blocks.Count == 0 ? null : new("Data", blocks);
    }

    private static ReportText? Training(ReportContext context)
        => context.Model is { } model && Storage.TrainingRecord.Of(model) is { } record
            ? new(FormattableString.Invariant($"Trained on {Digits.Of(record.Items)} items of {Shape(record.ItemShape)} with values from ")
                + $"{Digits.Tick(record.Least ?? double.NaN)} to {Digits.Tick(record.Most ?? double.NaN)}.")
            : null;

    private static ReportText? Shown(ReportContext context) => context.Items is { } items
        ? new($"This report has looked at {Digits.Of(items.Count)} of the {Digits.Of(context.Options.Data!.Count)} items that it got.")
        : null;

    private static IEnumerable<ReportBlock> Labels(ReportContext context)
    {
        if (context.Items?.ReadLabels() is not { } labels)
            yield break;
        var counts = labels.CountBy(label => label).OrderBy(pair => pair.Key).ToList();
        yield return new ReportTable("Items by label", ["label", "items", "share"], [.. counts.Select(pair => (string[])
            [LabelNames.Of(context.Options, pair.Key), Digits.Of(pair.Value), Digits.Percent(pair.Value / (double)labels.Length)])]);
    }

    private static string Shape(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
