using System.Runtime.InteropServices;

namespace VaeToolkit;

/// <summary>
/// Lets glibc keep the memory of freed tensors: otherwise the system takes it back at once, and clears it anew for the next step.
/// </summary>
internal static class KeptMemory
{
    private const string SmallPages = "VAETOOLKIT_SMALL_PAGES";
    private static readonly string[] s_allocatorSettings = ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_",
        "MALLOC_TOP_PAD_", "GLIBC_TUNABLES"];

    private static volatile bool s_isKept;

    /// <summary>From now on, up to 256 MB, on huge pages where the system has them; not where the user has set the allocator.</summary>
    public static void Keep()
    {
        // malloc.h: M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_THRESHOLD, whose greatest value is 32 MB.
        const int TrimThreshold = -1, TopPad = -2, MmapThreshold = -3, Megabyte = 1 << 20;
        if (s_isKept || s_allocatorSettings.Any(name => Environment.GetEnvironmentVariable(name) is not null))
            return;
        try
        {
            _ = mallopt(MmapThreshold, 32 * Megabyte);
            _ = mallopt(TrimThreshold, 256 * Megabyte);
            _ = mallopt(TopPad, 64 * Megabyte);
            if (Environment.GetEnvironmentVariable(SmallPages) is null)
                HugePages.AskForHeap();
            s_isKept = true;
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc: its allocator keeps its own ways.
        }
    }

    /// <summary>
    /// Gives back to the system what was kept: over a long run it is broken into pieces that no tensor fits any more. It takes
    /// milliseconds, and the next steps some more, to fetch what they need.
    /// </summary>
    public static void GiveBack()
    {
        if (s_isKept)
            _ = malloc_trim(0);
    }

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mallopt(int parameter, int value);

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int malloc_trim(nuint pad);
}
