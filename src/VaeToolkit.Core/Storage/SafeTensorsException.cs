namespace VaeToolkit.Storage;

/// <summary>
/// A safetensors file that breaks the format, or that holds something else than was asked for. The message says which file and where.
/// </summary>
public sealed class SafeTensorsException : IOException
{
    private const int LongestNameShown = 100;

    /// <summary>Describes what is wrong and where.</summary>
    /// <param name="file">The file's path, or what the stream was called.</param>
    /// <param name="offset">Byte in the file at which the problem was seen.</param>
    /// <param name="problem">What is wrong, as the end of a sentence.</param>
    /// <param name="entry">The tensor or metadata entry concerned, if any.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public SafeTensorsException(string file, long offset, string problem, string? entry = null, Exception? innerException = null)
        : base(Describe(file, offset, problem, entry), innerException)
    {
        SourceFile = file;
        Offset = offset;
        Entry = entry;
    }

    /// <summary>The file's path, or what the stream was called.</summary>
    public string SourceFile { get; }

    /// <summary>Byte in the file at which the problem was seen.</summary>
    public long Offset { get; }

    /// <summary>The tensor or metadata entry concerned, or null.</summary>
    public string? Entry { get; }

    private static string Describe(string file, long offset, string problem, string? entry)
    {
        var place = entry is null ? "" : $", entry '{Shorten(entry)}'";
        return FormattableString.Invariant($"{file}: {problem} (byte {offset}{place}).");
    }

    // A hostile file may hold a name of many megabytes, or one that plays with the terminal.
    internal static string Shorten(string name, int most = LongestNameShown)
    {
        var shown = name.Length <= most ? name : name[..most] + "...";
        return string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c));
    }
}
