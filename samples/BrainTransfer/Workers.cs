using System.Diagnostics;
using System.Reflection;

namespace VaeToolkit.Samples;

/// <summary>
/// Copies of this program that share the entries of a comparison: two processes with one thread each are faster on two cores than one with
/// two, and each has a random generator of its own.
/// </summary>
internal static class Workers
{
    /// <summary>Runs workers 1 to n − 1 beside the caller, who is worker 0; wait for them with the returned action.</summary>
    public static Action Start(int workers, IEnumerable<string> arguments)
    {
        string[] same = [.. arguments];
        Process[] others = [.. Enumerable.Range(1, workers - 1).Select(worker => Start([.. same, "--worker", $"{worker}"]))];
        return () => Wait(others);
    }

    private static Process Start(string[] arguments)
    {
        var program = Environment.ProcessPath!;
        string[] command = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [Assembly.GetEntryAssembly()!.Location, .. arguments] : arguments;
        return Process.Start(new ProcessStartInfo(program, command) { UseShellExecute = false })!;
    }

    private static void Wait(Process[] others)
    {
        foreach (var process in others)
        {
            using (process)
            {
                process.WaitForExit();
                if (process.ExitCode != 0)
                    throw new InvalidOperationException($"a worker ended with code {process.ExitCode}; its messages are above");
            }
        }
    }
}
