namespace VaeToolkit.Reports;

/// <summary>A part of a report under one heading.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Blocks">What is below it, in order; a section without blocks is left out.</param>
public sealed record ReportSection(string Title, params IReadOnlyList<ReportBlock> Blocks) : IReportSection
{
    /// <summary>Itself.</summary>
    /// <param name="context">Not looked at.</param>
    public ReportSection Make(ReportContext context) => this;

    /// <summary>The title and the number of blocks.</summary>
    public override string ToString() => FormattableString.Invariant($"{Title}: {Blocks.Count} blocks");
}
