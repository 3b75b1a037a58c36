using System.Globalization;

namespace VaeToolkit.WeightPriors;

/// <summary>Rows of text in columns for people: the first column to the left, numbers to the right.</summary>
internal static class TextTable
{
    private const string Gap = "  ";

    /// <summary>The rows, a line each, with columns as wide as their widest entry.</summary>
    public static string Of(IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows.Max(row => row.Length))
            .Select(column => rows.Max(row => column < row.Length ? row[column].Length : 0))];
        return string.Join(Environment.NewLine, rows.Select(row => string.Join(Gap, row.Select(Padded)).TrimEnd()));

        string Padded(string entry, int column) => column == 0 ? entry.PadRight(widths[0]) : entry.PadLeft(widths[column]);
    }

    /// <summary>A number for a table, in invariant culture.</summary>
    public static string Number(double value, string format = "G4") => value.ToString(format, CultureInfo.InvariantCulture);
}
