namespace VaeToolkit.Training;

/// <summary>What an earlier run left in a folder in which another one begins: it is renamed, so nothing of it is lost.</summary>
public static class EarlierFiles
{
    private const string Suffix = ".earlier";

    /// <summary>
    /// Renames those of some files and folders that are there: <c>last</c> becomes <c>last.earlier</c>, the next time
    /// <c>last.earlier-2</c>. What is renamed together gets the same number.
    /// </summary>
    /// <exception cref="IOException">One cannot be renamed.</exception>
    public static void PutAside(string directory, IEnumerable<string> names)
    {
        string[] found = [.. names.Select(name => Path.Combine(directory, name)).Where(Path.Exists)];
        var number = 1;
        while (found.Any(path => Path.Exists(Aside(path, number))))
            number++;
        foreach (var path in found)
            Move(path, Aside(path, number));
    }

    /// <summary>Whether a name is one that was put aside.</summary>
    public static bool IsAside(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.GetFileName(path).Contains(Suffix, StringComparison.Ordinal);
    }

    private static string Aside(string path, int number)
        => number == 1 ? path + Suffix : FormattableString.Invariant($"{path}{Suffix}-{number}");

    private static void Move(string path, string aside)
    {
        if (Directory.Exists(path))
            Directory.Move(path, aside);
        else
            File.Move(path, aside);
    }
}
