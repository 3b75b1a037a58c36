using System.Globalization;

namespace VaeToolkit;

/// <summary>Lines of text in columns: the first aligned to the left, the others, which are numbers, to the right.</summary>
internal sealed class TextTable
{
    private const string Gap = "  ";
    private readonly List<string[]> _rows = [];

    public TextTable(params string[] header) => _rows.Add(header);

    /// <summary>The rows, a line each; a row may have fewer cells than others.</summary>
    public static string Of(IReadOnlyList<string[]> rows) => new TextTable(rows[0]).AddAll(rows.Skip(1)).ToString();

    /// <summary>The first rows of a long table, and how many are left out.</summary>
    public static string Shortened(string[] header, int count, Func<int, string[]> row, int most = 20)
        => new TextTable(header).AddAll(Enumerable.Range(0, Math.Min(count, most)).Select(row))
            + (count > most ? $"{Environment.NewLine}… and {count - most} more" : "");

    /// <summary>A number to some significant digits, in the invariant culture.</summary>
    public static string Number(double value, int digits = 4) => Number(value, $"G{digits}");

    /// <summary>A number in a format of .NET, in the invariant culture.</summary>
    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A p-value to three digits, or that it is below 1e-16.</summary>
    public static string PValue(double value) => value < 1e-16 ? "<1E-16" : Number(value, 3);

    /// <summary>One more row.</summary>
    public TextTable Add(params string[] cells)
    {
        _rows.Add(cells);
        return this;
    }

    /// <summary>More rows.</summary>
    public TextTable AddAll(IEnumerable<string[]> rows)
    {
        _rows.AddRange(rows);
        return this;
    }

    /// <summary>The lines, without a line break at the end.</summary>
    public override string ToString()
    {
        int[] widths = [.. Enumerable.Range(0, _rows.Max(row => row.Length))
            .Select(column => _rows.Max(row => column < row.Length ? row[column].Length : 0))];
        return string.Join(Environment.NewLine, _rows.Select(row => string.Join(Gap, row.Select(Padded)).TrimEnd()));

        string Padded(string cell, int column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]);
    }
}
