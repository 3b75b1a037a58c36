using System.Buffers;
using System.Text;

namespace VaeToolkit;

/// <summary>The records of a CSV file.</summary>
internal static class CsvFile
{
    private const char ByteOrderMark = '\uFEFF';

    // With an identifier of its own: a reader that finds the mark of an encoding without one goes on with .NET's, which is not strict.
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    /// <summary>
    /// The records that hold a value, with the number, from 1, of the line that each begins on: a quoted field may span lines. They are
    /// without byte-order marks, of which files that were put together have one where each begins. Spreadsheets end with lines of commas
    /// alone.
    /// </summary>
    /// <exception cref="FormatException">A byte is no UTF-8, or 0; the message names it and its line.</exception>
    public static IEnumerable<(string Text, int Number)> Lines(string path)
        => Records(path).Where(line => line.Text.Any(c => c != ',' && !char.IsWhiteSpace(c)));

    private static bool Next(IEnumerator<string> lines, string path)
    {
        try
        {
            return lines.MoveNext();
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException(NoText(path), e);
        }
    }

    // Whole lines are decoded by themselves: none of UTF-8's bytes but the line feed itself has its value.
    private static string NoText(string path)
    {
        var number = 0;
        var bytes = File.ReadAllBytes(path).AsSpan();
        while (!bytes.IsEmpty)
        {
            number++;
            var end = bytes.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            for (var at = 0; at < line.Length;)
            {
                if (Rune.DecodeFromUtf8(line[at..], out _, out var length) != OperationStatus.Done)
                    return FormattableString.Invariant($"{path}({number}): byte {at + 1} of the line is {line[at]:X2}, which is no UTF-8; ")
                        + "save the file as UTF-8, of which programs that write Latin-1 or Windows-1252 have an option";
                at += length;
            }
            bytes = bytes[(end < 0 ? bytes.Length : end + 1)..];
        }
        return $"{path}: the file is not the text that its first bytes say; save it as UTF-8";
    }

    private static IEnumerable<(string Text, int Number)> Records(string path)
    {
        var (open, begun, number, at) = (new List<string>(), 1, 0, CsvLine.Place.Start);
        using var lines = File.ReadLines(path, s_strict).GetEnumerator();
        while (Next(lines, path))
        {
            var line = lines.Current;
            number++;
            if (line.Contains('\0'))
                throw new FormatException(FormattableString.Invariant($"{path}({number}): the line has a NUL character, as UTF-16 ")
                    + "without a byte-order mark has for a reader of UTF-8; save the file as UTF-8");
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
