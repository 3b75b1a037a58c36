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
    // Of a tensor of 8 MB.
    private const int Pages = 2_048;

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
            TorchRuntime.Prepare(threads: 1);
        }
        catch (DllNotFoundException e)
        {
            Console.WriteLine($"not loaded: {e.Message}");
            return 1;
        }
        Console.WriteLine($"libgomp after: {HasLibgomp()}");
        Console.WriteLine($"GOMP_SPINCOUNT: {CEnvironment("GOMP_SPINCOUNT")}");
        Console.WriteLine($"OPENBLAS_THREAD_TIMEOUT: {CEnvironment("OPENBLAS_THREAD_TIMEOUT")}");
        Console.WriteLine($"threads: {torch.get_num_threads()}");
        Console.WriteLine($"freed memory is kept: {KeepsFreedMemory()}");
        TorchRuntime.GiveBackFreedMemory();
        Console.WriteLine($"freed memory was given back: {FaultsOf(times: 1) >= Pages / 2}");
        return 0;
    }

    private static bool HasLibgomp() => File.ReadAllText("/proc/self/maps").Contains("libgomp", StringComparison.Ordinal);

    private static bool KeepsFreedMemory()
    {
        const int Times = 20;
        torch.ones(2 << 20).Dispose();
        return FaultsOf(Times) < Times * Pages / 2;
    }

    // Memory that went back to the system comes again a page at a time, each with a fault.
    private static long FaultsOf(int times)
    {
        var before = PageFaults();
        for (var i = 0; i < times; i++)
            torch.ones(2 << 20).Dispose();
        return PageFaults() - before;
    }

    // The eighth field after the program's name, which is in brackets.
    private static long PageFaults()
        => long.Parse(File.ReadAllText("/proc/self/stat").Split(')')[^1].Split(' ')[8], CultureInfo.InvariantCulture);

    private static string CEnvironment(string name) => Marshal.PtrToStringUTF8(getenv(Encoding.UTF8.GetBytes(name + '\0'))) ?? "unset";

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr getenv(byte[] name);
}
