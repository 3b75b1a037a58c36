namespace VaeToolkit.Reports;

/// <summary>Where and with what a run was trained.</summary>
internal sealed class Surroundings : IReportSection
{
    public ReportSection? Make(ReportContext context)
        => new("Environment", [.. Settings.Table("Program, versions and machine", context.Run.Environment)]);
}
