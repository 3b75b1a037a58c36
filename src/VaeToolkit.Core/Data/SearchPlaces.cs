namespace VaeToolkit;

/// <summary>Where image sets are looked for.</summary>
/// <param name="Given">The caller's folder, beside which nowhere is looked; or null.</param>
/// <param name="Environment">The value of <see cref="Variable"/>, or null.</param>
/// <param name="Current">The folder <c>data</c> of the current directory.</param>
/// <param name="Cache">The user's cache; downloads go here.</param>
internal sealed record SearchPlaces(string? Given, string? Environment, string Current, string Cache)
{
    public const string Variable = "VAETOOLKIT_DATA";

    /// <summary>The end of what is said where a set is not in <see cref="Given"/>, or nothing.</summary>
    public string OtherPlaces => Given is null ? "" : $", or give no folder, to look in {Variable}, ./data and the user's cache";

    /// <exception cref="ArgumentException">The folder is an empty text.</exception>
    public static SearchPlaces Default(string? folder) => folder is null || !string.IsNullOrWhiteSpace(folder)
        ? new(folder, System.Environment.GetEnvironmentVariable(Variable), Path.GetFullPath("data"), UserCache())
        : throw new ArgumentException("the folder is an empty text; name one, or pass null to look in the usual places", nameof(folder));

    /// <summary>The folders to look in for a set, in order, with how each came to be looked in.</summary>
    /// <param name="set">The set.</param>
    /// <param name="download">Whether it may be fetched into the cache, where it may be already then.</param>
    public IEnumerable<(string Folder, string Why)> For(ImageSet set, bool download) => For([set.Folder], set.SystemFolder, download);

    /// <summary>The same for data that stand in sub-folders of these names.</summary>
    public IEnumerable<(string Folder, string Why)> For(
        IReadOnlyList<string> subFolders, string? systemFolder = null, bool download = false)
    {
        (string? Root, string Why) cache = (Cache, "the user's cache");
        (string? Root, string Why)[] roots = Given is null ? [(Environment, Variable), (Current, "./data"), cache]
            : [(Given, "the folder given"), .. download ? [cache] : Array.Empty<(string?, string)>()];
        foreach (var (root, why) in roots)
        {
            if (string.IsNullOrEmpty(root))
                continue;
            foreach (var folder in subFolders)
                yield return (Path.Combine(root, folder), why);
            yield return (root, why);
        }
        if (systemFolder is not null && Given is null)
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
