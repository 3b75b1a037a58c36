using System.Runtime.InteropServices;

namespace VaeToolkit.OlderLinux;

/// <summary>The libstdc++ of this system: the one that the loader finds, and the versions that it defines.</summary>
internal static class SystemLibrary
{
    private const string Maps = "/proc/self/maps";

    /// <summary>The file that the loader takes for libstdc++ in a program started here and now; null where it finds none.</summary>
    /// <remarks>The loader itself is asked, since where it searches (LD_LIBRARY_PATH, its cache, its folders) is its affair.</remarks>
    public static string? Find()
    {
        const string Name = TorchSharpLibrary.StandardLibrary;
        if (!OperatingSystem.IsLinux()
            || !NativeLibrary.TryLoad(Name, typeof(SystemLibrary).Assembly, DllImportSearchPath.SafeDirectories, out _))
            return null;
        // Once loaded, it stands among the files mapped into this process: five columns, then the path with its links resolved.
        return File.ReadLines(Maps).Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length == 6).Select(columns => columns[5].TrimEnd())
            .FirstOrDefault(path => Path.GetFileName(path).StartsWith(Name, StringComparison.Ordinal));
    }

    /// <summary>The versions that a libstdc++ defines.</summary>
    /// <exception cref="RefusedException">The file is not a library of 64-bit x86 Linux, or it defines no version.</exception>
    public static List<string> Versions(string file)
    {
        var versions = VersionTables.Defined(new ElfImage(new FileBytes(file, File.ReadAllBytes(file))));
        return versions.Count > 0 ? versions : throw RefusedException.At(file, 0, "it defines no versions.");
    }
}
