namespace VaeToolkit.Reports;

/// <summary>A paragraph.</summary>
/// <param name="Text">The text.</param>
public sealed record ReportText(string Text) : ReportBlock;
