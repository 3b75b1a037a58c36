namespace VaeToolkit.OlderLinux;

/// <summary>
/// The build step: decides whether this system needs an adapted copy of TorchSharp's native library, and writes it where it does. The
/// file of the package is only read.
/// </summary>
internal static class AdaptationStep
{
    /// <summary>The MSBuild property that turns the step on and off.</summary>
    public const string Property = "AdaptTorchSharpToOlderLinux";

    private const string Stream = "GLIBCXX_";

    /// <summary>Writes the adapted copy if it is needed and not there yet.</summary>
    /// <param name="source">The library as the package has it.</param>
    /// <param name="target">Where the copy goes.</param>
    /// <param name="standardLibrary">The system's libstdc++; null where it has none.</param>
    /// <returns>The line to show; null where nothing has been done.</returns>
    /// <exception cref="RefusedException">A file is not understood, or a copy would not help or must not be there.</exception>
    public static string? Run(string source, string target, string? standardLibrary)
    {
        // Without one, dotnet itself has another C library, and there is nothing to adapt to.
        if (standardLibrary is null)
            return null;
        var has = SystemLibrary.Versions(standardLibrary);
        if (has.Contains(TorchSharpLibrary.NewVersion))
            return null;
        var library = new TorchSharpLibrary(source, File.ReadAllBytes(source));
        if (library.Adapted() is not { } adapted)
            return null;
        if (library.Needs.FirstOrDefault(need => need != TorchSharpLibrary.NewVersion && !has.Contains(need)) is { } missing)
            throw new RefusedException(
                $"{standardLibrary}: it lacks {missing} too, so that TorchSharp does not run on this system, adapted or not.");
        CheckTarget(source, target);
        return WriteOnce(target, adapted)
            ? $"TorchSharp adapted to this system's older libstdc++ (needs {TorchSharpLibrary.NewVersion}, has {Newest(has)}): {target}; "
                + $"-p:{Property}=false turns it off"
            : null;
    }

    /// <summary>Replaces a small file that says when the step last ran, whole at any time.</summary>
    public static void Stamp(string stamp) => Write(stamp, [], overwrite: true);

    private static string Newest(List<string> versions) => versions.Where(version => version.StartsWith(Stream, StringComparison.Ordinal))
        .Select(version => Version.TryParse(version[Stream.Length..], out var number) ? number : new Version())
        .Max()?.ToString() ?? "none";

    // An extracted package has this file at its root. Whatever lies below belongs to every project of this user.
    private static void CheckTarget(string source, string target)
    {
        for (var folder = Path.GetDirectoryName(RealPath(target)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, ".nupkg.metadata")) || folder == Path.GetDirectoryName(RealPath(source)))
                throw new RefusedException($"{target}: the copy must not be in the folder of a package, {folder}.");
        }
    }

    // The path with the links of its nearest existing folder resolved.
    private static string RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } folder)
            return full;
        var link = Directory.Exists(folder) ? Directory.ResolveLinkTarget(folder, returnFinalTarget: true) : null;
        return Path.Combine(RealPath(link?.FullName ?? folder), Path.GetFileName(full));
    }

    // Projects build side by side: the first one writes, and the others find it done.
    private static bool WriteOnce(string target, byte[] content)
    {
        // Asked before its content is: a file that another project has put there meanwhile is not one to replace.
        var isThere = File.Exists(target);
        if (isThere && Holds(target, content))
            return false;
        try
        {
            Write(target, content, overwrite: isThere);
            return true;
        }
        catch (IOException) when (Holds(target, content))
        {
            return false;
        }
    }

    private static bool Holds(string file, byte[] content) => File.Exists(file) && File.ReadAllBytes(file).AsSpan().SequenceEqual(content);

    // Written beside it and renamed: nobody sees half a file, and a hard link to what was there before keeps its content.
    private static void Write(string target, byte[] content, bool overwrite)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        var temporary = $"{target}.{Guid.NewGuid():N}.new";
        try
        {
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, target, overwrite);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
