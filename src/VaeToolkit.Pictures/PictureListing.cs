namespace VaeToolkit.Pictures;

/// <summary>The picture files of a folder, and their labels.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Files">Paths within it, with forward slashes.</param>
/// <param name="Labels">Index of each file's class, or null.</param>
/// <param name="Classes">Names of the classes.</param>
internal sealed record PictureListing(
    string Folder, IReadOnlyList<string> Files, IReadOnlyList<int>? Labels, IReadOnlyList<string> Classes)
{
    private static readonly HashSet<string> s_endings = new([".png", ".jpg", ".jpeg", ".bmp"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Lists a folder.</summary>
    public static PictureListing Of(string folder, PictureOptions options)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"there is no folder {Path.GetFullPath(folder)}");
        if (options.LabelFile is { } labels)
            return Of(folder, LabelFile.Read(Path.Combine(folder, labels), folder));
        // What macOS and others leave beside a picture begins with a dot and has its ending.
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => s_endings.Contains(Path.GetExtension(file)) && Path.GetFileName(file)[0] != '.')
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
            throw new FileNotFoundException($"{Path.GetFullPath(folder)} has no PNG, JPEG or BMP file (.png, .jpg, .jpeg, .bmp)");
        var stray = files.FirstOrDefault(file => !file.Contains('/'));
        if (!options.Labelled || files.All(file => !file.Contains('/')))
            return new(folder, files, null, []);
        return stray is null
            ? Of(folder, [.. files.Select(file => (file, file[..file.IndexOf('/')]))])
            : throw new ArgumentException(
                $"{folder} has pictures in sub-folders, which are classes, and others outside them, such as {stray}; "
                + "move these, or pass Labelled = false", nameof(folder));
    }

    /// <summary>Some of the files.</summary>
    public PictureListing Select(IReadOnlyList<int> positions) => this with
    {
        Files = [.. positions.Select(position => Files[position])],
        Labels = Labels is null ? null : [.. positions.Select(position => Labels[position])],
    };

    private static PictureListing Of(string folder, IReadOnlyList<(string File, string Label)> labelled)
    {
        var names = labelled.Select(picture => picture.Label).Distinct().ToList();
        // Classes that are numbers are in the order of numbers: 2 before 10.
        var classes = names.All(name => ulong.TryParse(name, out _))
            ? names.OrderBy(ulong.Parse).ThenBy(name => name, StringComparer.Ordinal).ToList()
            : [.. names.Order(StringComparer.Ordinal)];
        var numbers = classes.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        return new(folder, [.. labelled.Select(picture => picture.File)], [.. labelled.Select(picture => numbers[picture.Label])], classes);
    }
}
