using System.Globalization;

namespace VaeToolkit;

/// <summary>The cells of a table that stand for a missing value: empty ones and the words of a list, in either case.</summary>
internal sealed class MissingMarkers
{
    private readonly HashSet<string> _words;
    private readonly double[] _numbers;

    public MissingMarkers(IEnumerable<string> words)
    {
        _words = words.Select(word => word?.Trim() ?? "").ToHashSet(StringComparer.OrdinalIgnoreCase);
        // A marker such as -9 is also written -9.0.
        _numbers = [.. _words.Select(Number).OfType<double>()];
    }

    /// <summary>What other programs write: spreadsheets, R, Python, older C runtimes, databases, and those who write a dash.</summary>
    public static IReadOnlyList<string> Usual { get; } =
    [
        "NA", "N/A", "n.a.", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "-NaN", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "null", "#NULL!",
        @"\N", "nil", "None", "?", ".", "-", "--", "\u2013", "\u2014", "\u2212",
    ];

    public bool Include(string cell)
        => cell.Length == 0 || _words.Contains(cell) || (_numbers.Length > 0 && Number(cell) is { } number && _numbers.Contains(number));

    private static double? Number(string cell)
        => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number : null;
}
