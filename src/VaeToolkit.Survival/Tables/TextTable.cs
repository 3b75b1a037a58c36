using System.Globalization;

namespace VaeToolkit.Survival.Tables;

/// <summary>Lines of text in columns: the first aligned to the left, the others, which are numbers, to the right.</summary>
internal sealed class TextTable
{
    private readonly List<string[]> _rows = [];

    public TextTable(params string[] header) => _rows.Add(header);

    /// <summary>A row of as many cells as the header has.</summary>
    public TextTable Add(params string[] cells)
    {
        _rows.Add(cells);
        return this;
    }

    /// <summary>Rows of as many cells as the header has.</summary>
    public TextTable AddAll(IEnumerable<string[]> rows)
    {
        _rows.AddRange(rows);
        return this;
    }

    /// <summary>The lines, without a line break at the end.</summary>
    public override string ToString()
    {
        var widths = Enumerable.Range(0, _rows[0].Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        var lines = _rows.Select(row => string.Join("  ", row.Select(
            (cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd());
        return string.Join(Environment.NewLine, lines);
    }

    /// <summary>A number to some significant digits, in the invariant culture.</summary>
    public static string Number(double value, int digits = 4)
        => value.ToString($"G{digits}", CultureInfo.InvariantCulture);

    /// <summary>A p-value to three digits, or that it is below 1e-16.</summary>
    public static string PValue(double value) => value < 1e-16 ? "<1E-16" : Number(value, 3);

    /// <summary>The first rows of a long table, and how many are left out.</summary>
    public static string Shortened(string[] header, int count, Func<int, string[]> row, int most = 20)
    {
        var table = new TextTable(header);
        for (var i = 0; i < Math.Min(count, most); i++)
            table.Add(row(i));
        return table + (count > most ? $"{Environment.NewLine}… and {count - most} more" : "");
    }
}
