namespace VaeToolkit;

/// <summary>Where image sets are looked for.</summary>
/// <param name="Given">The caller's folder, or null.</param>
/// <param name="Environment">The value of <see cref="Variable"/>, or null.</param>
/// <param name="Current">The folder <c>data</c> of the current directory.</param>
/// <param name="Cache">The user's cache; downloads go here.</param>
internal sealed record SearchPlaces(string? Given, string? Environment, string Current, string Cache)
{
    public const string Variable = "VAETOOLKIT_DATA";

    public static SearchPlaces Default(string? folder) =>
        new(folder, System.Environment.GetEnvironmentVariable(Variable), Path.GetFullPath("data"), UserCache());

    /// <summary>The folders to look in for a set, in order, with how each came to be looked in.</summary>
    public IEnumerable<(string Folder, string Why)> For(ImageSet set) => For([set.Folder], set.SystemFolder);

    /// <summary>The same for data that stand in sub-folders of these names.</summary>
    public IEnumerable<(string Folder, string Why)> For(IReadOnlyList<string> subFolders, string? systemFolder = null)
    {
        (string? Root, string Why)[] roots =
            [(Given, "the folder given"), (Environment, Variable), (Current, "./data"), (Cache, "the user's cache")];
        foreach (var (root, why) in roots)
        {
            if (string.IsNullOrEmpty(root))
                continue;
            foreach (var folder in subFolders)
                yield return (Path.Combine(root, folder), why);
            yield return (root, why);
        }
        if (systemFolder is not null)
            yield return (systemFolder, "the system's package");
    }

    private static string UserCache()
    {
        var home = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);
        var root = OperatingSystem.IsWindows() ? System.Environment.GetFolderPath(System.Environment.SpecialFolder.LocalApplicationData)
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
            : System.Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Path.Combine(home, ".cache");
        return Path.Combine(root, "vaetoolkit");
    }
}
