using Microsoft.VisualBasic.FileIO;

namespace VaeToolkit.Pictures;

/// <summary>Reads a CSV file of pictures and their labels.</summary>
internal static class LabelFile
{
    private const string FileColumn = "file";
    private const string LabelColumn = "label";

    /// <summary>The pictures that the file lists, in its order.</summary>
    /// <exception cref="InvalidDataException">A line is not as it should be; the message names file and line.</exception>
    public static IReadOnlyList<(string File, string Label)> Read(string path, string folder)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no label file {Path.GetFullPath(path)}", path);
        using var parser = new TextFieldParser(path) { Delimiters = [","], HasFieldsEnclosedInQuotes = true };
        var header = Fields(parser, path) ?? throw Wrong(path, 1, "the file is empty; its first line names the columns, file and label");
        var (file, label) = (Column(header, FileColumn, path), Column(header, LabelColumn, path));
        var pictures = new List<(string, string)>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (!parser.EndOfData)
        {
            var line = parser.LineNumber;
            var fields = Fields(parser, path)!;
            if (fields.Length != header.Length)
                throw Wrong(path, line, $"{fields.Length} fields, where the first line has {header.Length}");
            var (name, text) = (fields[file].Replace('\\', '/'), fields[label]);
            if (name.Length == 0 || text.Length == 0)
                throw Wrong(path, line, name.Length == 0 ? "the file is missing" : $"the label of {name} is missing");
            if (!File.Exists(Path.Combine(folder, name)))
                throw Wrong(path, line, $"there is no file {name} in {Path.GetFullPath(folder)}");
            if (!known.Add(name))
                throw Wrong(path, line, $"{name} stands twice");
            pictures.Add((name, text));
        }
        return pictures.Count > 0 ? pictures : throw Wrong(path, 1, "there is no picture below the first line");
    }

    private static int Column(string[] header, string name, string path)
    {
        var column = Array.FindIndex(header, field => field.Equals(name, StringComparison.OrdinalIgnoreCase));
        return column >= 0 ? column : throw Wrong(
            path, 1, $"there is no column '{name}'; the first line names the columns, and has {string.Join(", ", header)}");
    }

    private static string[]? Fields(TextFieldParser parser, string path)
    {
        var line = parser.LineNumber;
        try
        {
            return parser.ReadFields();
        }
        catch (MalformedLineException e)
        {
            throw Wrong(path, line, "a quoted field does not end", e);
        }
    }

    private static InvalidDataException Wrong(string path, long line, string problem, Exception? inner = null)
        => new(FormattableString.Invariant($"{path}, line {line}: {problem}"), inner);
}
