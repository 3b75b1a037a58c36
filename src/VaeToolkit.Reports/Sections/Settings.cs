namespace VaeToolkit.Reports;

/// <summary>All that was set: training options, what decides the steps, and the model's parts.</summary>
internal sealed class Settings : IReportSection
{
    public ReportSection Make(ReportContext context)
    {
        var run = context.Run;
        return new("Settings", [.. Table("Training", run.Options), .. Table("Objective, optimiser and data", run.Settings),
            .. Table("Model", run.Parts)]);
    }

    public static IEnumerable<ReportTable> Table(string caption, IReadOnlyDictionary<string, string> values)
    {
        if (values.Count > 0)
            yield return new(caption, ["name", "value"], [.. values.Select(pair => (string[])[pair.Key.Replace('_', ' '), pair.Value])]);
    }
}
