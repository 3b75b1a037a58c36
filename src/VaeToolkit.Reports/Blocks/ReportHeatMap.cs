namespace VaeToolkit.Reports;

/// <summary>A matrix as a table whose cells are coloured by value, from light to dark; NaN is an empty cell.</summary>
/// <param name="Caption">What it shows, with the unit.</param>
/// <param name="RowTitle">What a row is, such as <c>after task</c>.</param>
/// <param name="ColumnTitle">What a column is, such as <c>task</c>.</param>
/// <param name="Rows">The rows' names.</param>
/// <param name="Columns">The columns' names.</param>
/// <param name="Values">The values <c>[rows, columns]</c>.</param>
public sealed record ReportHeatMap(
    string Caption, string RowTitle, string ColumnTitle, IReadOnlyList<string> Rows, IReadOnlyList<string> Columns, double[,] Values)
    : ReportBlock
{
    /// <summary>The cells' text where it is more than the value, <c>[rows, columns]</c>; default null.</summary>
    public string[,]? Texts { get; init; }

    /// <summary>The caption, the axes and their lengths.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Caption}: {RowTitle} ({Rows.Count}) by {ColumnTitle} ({Columns.Count})");
}
