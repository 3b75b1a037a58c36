using System.Globalization;

namespace VaeToolkit.Mega;

/// <summary>A table as text: columns set to the right, numbers to six digits.</summary>
internal static class TextTable
{
    private const string Gap = "  ";

    /// <summary>Most columns or rows of data that a table goes through.</summary>
    internal const int Most = 40;

    internal static string Of(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        List<IReadOnlyList<string>> lines = [header, .. rows];
        int[] widths = [.. header.Select((_, j) => lines.Max(line => line[j].Length))];
        return string.Join(Environment.NewLine, lines.Select(line => string.Join(Gap, line.Select((cell, j) => cell.PadLeft(widths[j])))));
    }

    internal static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    internal static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A row for every one of so many, or for the first of them and a line that says so.</summary>
    internal static string Of(IReadOnlyList<string> header, int count, Func<int, IReadOnlyList<string>> row)
        => Of(header, Enumerable.Range(0, Math.Min(count, Most)).Select(row))
            + (count > Most ? $"{Environment.NewLine}(the first {Most} of {count})" : "");
}
