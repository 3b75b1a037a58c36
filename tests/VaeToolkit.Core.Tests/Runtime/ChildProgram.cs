using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;

namespace VaeToolkit.Tests.Runtime;

/// <summary>
/// What runs when the test assembly is started as a program, in a process where no test has loaded torch yet: prepares the runtime and
/// prints what came of it.
/// </summary>
internal static class ChildProgram
{
    // Of a tensor of two million values.
    private const long Bytes = 8 << 20;

    /// <summary>Starts the assembly at a path as this program was started, and gives its exit code and what it printed.</summary>
    public static (int ExitCode, string Output) Run(string assembly, Action<IDictionary<string, string?>> setEnvironment)
    {
        var dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(dotnet) { RedirectStandardOutput = true, ArgumentList = { "exec", assembly } };
        setEnvironment(start.Environment);
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return (child.ExitCode, output);
    }

    private static int Main()
    {
        Console.WriteLine($"libgomp before: {HasLibgomp()}");
        try
        {
            TorchRuntime.Prepare(threads: 3);
        }
        catch (DllNotFoundException e)
        {
            Console.WriteLine($"not loaded: {e.Message}");
            return 1;
        }
        Console.WriteLine($"libgomp after: {HasLibgomp()}");
        Console.WriteLine($"GOMP_SPINCOUNT: {CEnvironment("GOMP_SPINCOUNT")}");
        Console.WriteLine($"OPENBLAS_THREAD_TIMEOUT: {CEnvironment("OPENBLAS_THREAD_TIMEOUT")}");
        Console.WriteLine($"heap asks for huge pages: {HeapAsksForHugePages()}");
        Console.WriteLine($"threads: {torch.get_num_threads()}");
        // What the first operator of its kind loads is not the tensor's.
        torch.ones(1 << 10).Dispose();
        var half = Resident() + Bytes / 2;
        torch.ones(2 << 20).Dispose();
        Console.WriteLine($"freed memory is kept: {Resident() > half}");
        FastPaths.GiveBackFreedMemory();
        Console.WriteLine($"freed memory was given back: {Resident() < half}");
        return 0;
    }

    private static bool HasLibgomp() => File.ReadAllText("/proc/self/maps").Contains("libgomp", StringComparison.Ordinal);

    // "hg" among the flags of a part of the heap, which stand in the last line of each part.
    private static bool HeapAsksForHugePages()
    {
        var isHeap = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                if (isHeap && line.Contains(" hg", StringComparison.Ordinal))
                    return true;
                isHeap = false;
            }
            isHeap |= line.EndsWith("[heap]", StringComparison.Ordinal);
        }
        return false;
    }

    // The second number is of pages.
    private static long Resident()
        => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    private static string CEnvironment(string name) => Marshal.PtrToStringUTF8(getenv(Encoding.UTF8.GetBytes(name + '\0'))) ?? "unset";

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr getenv(byte[] name);
}
