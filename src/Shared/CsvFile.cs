namespace VaeToolkit;

/// <summary>The lines of a CSV file.</summary>
internal static class CsvFile
{
    private const char ByteOrderMark = '\uFEFF';

    /// <summary>
    /// The lines that hold a value, with their numbers from 1 and without byte-order marks: files that were put together have one where
    /// each begins. Spreadsheets end with lines of commas alone.
    /// </summary>
    public static IEnumerable<(string Text, int Number)> Lines(string path)
        => File.ReadLines(path).Select((text, i) => (Text: text.TrimStart(ByteOrderMark), Number: i + 1))
            .Where(line => line.Text.Any(c => c != ',' && !char.IsWhiteSpace(c)));
}
