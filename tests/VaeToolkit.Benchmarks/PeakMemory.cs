using System.Diagnostics;

namespace VaeToolkit.Benchmarks;

/// <summary>The most resident memory that this process held.</summary>
internal static class PeakMemory
{
    /// <summary>Starts the peak anew from what is held now. Only Linux can; elsewhere it stands.</summary>
    public static void Forget()
    {
        GC.Collect();
        if (OperatingSystem.IsLinux())
            File.WriteAllText("/proc/self/clear_refs", "5");
    }

    public static double Megabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }
}
