namespace VaeToolkit.Pictures;

/// <summary>Reads a CSV file of pictures and their labels.</summary>
internal static class LabelFile
{
    private const string FileColumn = "file";
    private const string LabelColumn = "label";

    // A class may be called None, or unknown.
    private static readonly MissingMarkers s_missing = new(
        ["NA", "N/A", "n.a.", "#N/A", "<NA>", "NaN", "null", "#NULL!", "?", ".", "-", "--", "\u2013", "\u2014", "\u2212"]);

    /// <summary>The pictures that the file lists, in its order.</summary>
    /// <exception cref="InvalidDataException">A line is not as it should be; the message names file and line.</exception>
    public static IReadOnlyList<(string File, string Label)> Read(string path, string folder, IReadOnlyList<string>? classes)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no label file {Path.GetFullPath(path)}", path);
        using var lines = Lines(path).GetEnumerator();
        if (!lines.MoveNext())
            throw Wrong(path, 1, "the file is empty; its first line names the columns, file and label");
        var header = Fields(lines.Current, path);
        var (file, label) = (Column(header, FileColumn, path), Column(header, LabelColumn, path));
        var pictures = new List<(string File, string Label)>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (lines.MoveNext())
        {
            var line = lines.Current.Number;
            var fields = Fields(lines.Current, path);
            if (fields.Length != header.Length)
                throw Wrong(path, line, $"{fields.Length} fields, where the first line has {header.Length}");
            var (name, text) = (fields[file].Replace('\\', '/'), fields[label]);
            if (name.Length == 0 || text.Length == 0)
                throw Wrong(path, line, name.Length == 0 ? "the file is missing" : $"the label of {name} is missing");
            if (s_missing.Include(text) && classes?.Contains(text) != true)
                throw Wrong(
                    path, line, $"the label of {name} is missing, '{text}'; leave the line out, or list it in Classes if it is one");
            if (!File.Exists(Path.Combine(folder, name)))
                throw Wrong(path, line, $"there is no file {name} in {Path.GetFullPath(folder)}");
            name = Path.GetRelativePath(folder, Path.Combine(folder, name)).Replace('\\', '/');
            if (!known.Add(name))
                throw Wrong(path, line, $"{name} stands twice");
            pictures.Add((name, text));
        }
        if (pictures.Count == 0)
            throw Wrong(path, 1, "there is no picture below the first line");
        var labels = new LabelNames([.. classes ?? [], .. pictures.Select(picture => picture.Label)], classes ?? []);
        return [.. pictures.Select(picture => (picture.File, labels.NameOf(picture.Label)))];
    }

    private static List<(string Text, int Number)> Lines(string path)
    {
        try
        {
            return [.. CsvFile.Lines(path)];
        }
        catch (FormatException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    private static int Column(string[] header, string name, string path)
    {
        var column = Array.FindIndex(header, field => field.Equals(name, StringComparison.OrdinalIgnoreCase));
        return column >= 0 ? column : throw Wrong(
            path, 1, $"there is no column '{name}'; the first line names the columns, and has {string.Join(", ", header)}");
    }

    private static string[] Fields((string Text, int Number) line, string path)
    {
        try
        {
            return CsvLine.Split(line.Text, FormattableString.Invariant($"{path}, line {line.Number}"));
        }
        catch (FormatException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    private static InvalidDataException Wrong(string path, long line, string problem)
        => new(FormattableString.Invariant($"{path}, line {line}: {problem}"));
}
