namespace VaeToolkit;

/// <summary>The records of a CSV file.</summary>
internal static class CsvFile
{
    private const char ByteOrderMark = '\uFEFF';

    /// <summary>
    /// The records that hold a value, with the number, from 1, of the line that each begins on: a quoted field may span lines. They are
    /// without byte-order marks, of which files that were put together have one where each begins. Spreadsheets end with lines of commas
    /// alone.
    /// </summary>
    public static IEnumerable<(string Text, int Number)> Lines(string path)
        => Records(path).Where(line => line.Text.Any(c => c != ',' && !char.IsWhiteSpace(c)));

    private static IEnumerable<(string Text, int Number)> Records(string path)
    {
        var (open, begun, number, at) = (new List<string>(), 1, 0, CsvLine.Place.Start);
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (open.Count == 0)
                begun = number;
            open.Add(open.Count == 0 ? line.TrimStart(ByteOrderMark) : line);
            at = open[^1].Aggregate(at, CsvLine.Next);
            if (at == CsvLine.Place.Quoted)
                continue;
            yield return (string.Join('\n', open), begun);
            open.Clear();
            at = CsvLine.Place.Start;
        }
        // One that is not closed is for whoever splits it to refuse.
        if (open.Count > 0)
            yield return (string.Join('\n', open), begun);
    }
}
