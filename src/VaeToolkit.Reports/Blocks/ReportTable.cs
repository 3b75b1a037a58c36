namespace VaeToolkit.Reports;

/// <summary>A table.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Columns">The columns' headings, with units where they have some: <c>NLL, nats</c>.</param>
/// <param name="Rows">The cells, row by row; the first of a row is its head. A column of numbers stands at the right.</param>
public sealed record ReportTable(string Caption, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportBlock
{
    /// <summary>Whether it is folded away until it is asked for; default false.</summary>
    public bool IsFolded { get; init; }

    /// <summary>The caption, the columns and the number of rows.</summary>
    public override string ToString() => FormattableString.Invariant($"{Caption}: {Rows.Count} rows of {string.Join(", ", Columns)}");
}
