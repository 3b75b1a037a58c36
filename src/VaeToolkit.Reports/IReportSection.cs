namespace VaeToolkit.Reports;

/// <summary>
/// Something that makes a section of a report from what is known of a run. It keeps no state. A <see cref="ReportSection"/> is one too,
/// of blocks that were made before; an application that has numbers of its own gives one of those.
/// </summary>
public interface IReportSection
{
    /// <summary>Makes the section, or answers null where the run has nothing for it: it is then left out.</summary>
    /// <param name="context">The run, and its model and data where they are there.</param>
    ReportSection? Make(ReportContext context);
}
