namespace VaeToolkit.Pictures;

/// <summary>The picture files of a folder, and their labels.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Files">Paths within it, with forward slashes.</param>
/// <param name="Labels">Index of each file's class, or null.</param>
/// <param name="Classes">Names of the classes.</param>
internal sealed record PictureListing(
    string Folder, IReadOnlyList<string> Files, IReadOnlyList<int>? Labels, IReadOnlyList<string> Classes)
{
    // As many as Linux follows.
    private const int MostLinks = 40;

    private static readonly HashSet<string> s_endings = new([".png", ".jpg", ".jpeg", ".bmp"], StringComparer.OrdinalIgnoreCase);
    /// <summary>Lists a folder.</summary>
    public static PictureListing Of(string folder, PictureOptions options)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"there is no folder {Path.GetFullPath(folder)}");
        if (options.LabelFile is { } labels)
            return Of(folder, LabelFile.Read(Path.Combine(folder, labels), folder, options.Classes), options.Classes);
        // What macOS, notebooks and others leave beside pictures, files and folders, begins with a dot and has their ending.
        var files = FilesIn(folder, [])
            .Where(file => s_endings.Contains(Path.GetExtension(file)))
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part[0] == '.'))
            .Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
            throw new FileNotFoundException($"{Path.GetFullPath(folder)} has no PNG, JPEG or BMP file (.png, .jpg, .jpeg, .bmp)");
        var stray = files.FirstOrDefault(file => !file.Contains('/'));
        if (!options.Labelled)
            return new(folder, files, null, []);
        if (files.All(file => !file.Contains('/')))
        {
            return options.Classes is null ? new(folder, files, null, []) : throw new ArgumentException(
                $"Classes has {string.Join(", ", options.Classes)}, but {folder} has neither a sub-folder a class nor a LabelFile",
                nameof(folder));
        }
        return stray is null
            ? Of(folder, [.. files.Select(file => (file, file[..file.IndexOf('/')]))], options.Classes)
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

    // Also through links, but for those that lead back to a folder that they lie in, whose pictures would come again and again.
    private static IEnumerable<string> FilesIn(string folder, string[] above)
    {
        var name = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var place = Place(above.Length == 0 ? name : Path.Combine(above[^1], Path.GetFileName(name)));
        return above.Contains(place) ? [] : Directory.EnumerateFiles(folder)
            .Concat(Directory.EnumerateDirectories(folder).SelectMany(inner => FilesIn(inner, [.. above, place])));
    }

    // Where a path leads, with no link in it: a relative one is of the folder that it lies in, not of the one it was reached through.
    private static string Place(string path, int links = 0)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        var place = Path.Combine(Place(parent, links), Path.GetFileName(path));
        return new DirectoryInfo(place).LinkTarget is not { } target || links == MostLinks
            ? place : Place(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target, Path.GetDirectoryName(place)!)), links + 1);
    }

    private static PictureListing Of(
        string folder, IReadOnlyList<(string File, string Label)> labelled, IReadOnlyList<string>? known)
    {
        List<string> classes = known is not null ? [.. known] : InOrder([.. labelled.Select(picture => picture.Label).Distinct()]);
        var numbers = classes.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        if (labelled.FirstOrDefault(picture => !numbers.ContainsKey(picture.Label)) is { File: not null } other)
            throw new InvalidDataException(
                $"{Path.GetFullPath(folder)}: {other.File} is of the class '{other.Label}', which is not among Classes: "
                    + $"{string.Join(", ", classes)}; name it there, or leave the pictures out");
        return new(folder, [.. labelled.Select(picture => picture.File)], [.. labelled.Select(picture => numbers[picture.Label])], classes);
    }

    // Classes that are numbers are in the order of numbers: 2 before 10, and 2.0 before 10.0.
    private static List<string> InOrder(IReadOnlyList<string> names) => names.All(name => ExactNumber.Of(name) is not null)
        ? [.. names.OrderBy(ExactNumber.Of).ThenBy(name => name, StringComparer.Ordinal)]
        : [.. names.Order(StringComparer.Ordinal)];
}
