namespace VaeToolkit.Reports;

/// <summary>A table.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Columns">The columns' headings, with units where they have some: <c>NLL, nats</c>.</param>
/// <param name="Rows">The cells, row by row; those of text that reads as a number stand at the right, the first of a row is its head.</param>
public sealed record ReportTable(string Caption, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportBlock
{
    /// <summary>Whether it is folded away until it is asked for; default false.</summary>
    public bool IsFolded { get; init; }
}
