using System.Diagnostics;
using System.Globalization;
using VaeToolkit.Samples;

namespace VaeToolkit.Benchmarks.Comparison;

/// <summary>A program that runs the compared workloads, in a process of its own.</summary>
/// <param name="Name">Its name in results.</param>
/// <param name="Command">The program that is started for a workload, and its first arguments.</param>
internal sealed record Competitor(string Name, Func<ComparedWorkload, string[]> Command)
{
    /// <summary>Debian's package of a fast BLAS: apt takes the reference BLAS where nothing better is there.</summary>
    public const string BlasPackage = "libopenblas0-pthread";

    // Only Linux lists them there.
    private const string LibrariesOfPyTorch
        = "import os, torch, numpy; maps = '/proc/self/maps'; print(open(maps).read() if os.path.exists(maps) else '')";

    /// <summary>Debian's interpreter, unless PYTHON names another.</summary>
    public static string Python { get; } = Environment.GetEnvironmentVariable("PYTHON") ?? "/usr/bin/python3";

    /// <summary>This library.</summary>
    public static Competitor Ours { get; } = new("ours", workload => [.. Itself, workload.Verb]);

    /// <summary>The same in plain TorchSharp on the same libtorch.</summary>
    public static Competitor TorchSharp { get; } = new("torchsharp", workload => [.. Itself, $"plain-{workload.Verb}"]);

    /// <summary>The same in PyTorch.</summary>
    public static Competitor PyTorch { get; } = new(
        "pytorch", workload => [Python, Path.Combine(AppContext.BaseDirectory, "Peers", workload.Script)]);

    /// <summary>How long a program may take: on some processors a peer's matrix products hardly get on.</summary>
    public static TimeSpan Limit(SampleArguments arguments)
        => TimeSpan.FromSeconds(arguments.Number("--limit", arguments.Has("--quick") ? 60 : 240));

    private static string[] Itself => ["dotnet", typeof(Competitor).Assembly.Location];

    /// <summary>Runs a workload and returns what it printed.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="threads">How many threads it may use.</param>
    /// <param name="further">Arguments beside the workload's own.</param>
    /// <param name="limit">How long it may take; then it is ended, with what it has started.</param>
    /// <param name="environment">A variable to set, as <c>NAME=value</c>.</param>
    /// <exception cref="InvalidOperationException">The program failed; the message has its own.</exception>
    /// <exception cref="TimeoutException">It took longer.</exception>
    public string Run(
        ComparedWorkload workload, int threads, IEnumerable<string> further, TimeSpan limit, string? environment = null)
    {
        var command = Command(workload);
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var settings = workload.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var argument in command[1..].Concat(settings).Concat(further).Append("--threads").Append(Text(threads)))
            start.ArgumentList.Add(argument);
        // Idle threads sleep in all of them, as in ours; and OpenBLAS, where PyTorch uses it, has a count of its own.
        start.Environment["GOMP_SPINCOUNT"] = "0";
        start.Environment["OPENBLAS_NUM_THREADS"] = Text(threads);
        if (environment?.Split('=', 2) is [var name, var value])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            // Its memory goes back before another starts.
            process.WaitForExit();
            throw new TimeoutException(string.Create(
                CultureInfo.InvariantCulture, $"{Name} had not ended {workload.Name} with {threads} threads after {limit.TotalSeconds} s"));
        }
        return process.ExitCode == 0 ? output.Result : throw new InvalidOperationException(
            $"{Name} ended {workload.Name} with code {process.ExitCode}: {error.Result.Trim()}");
    }

    /// <summary>Whether the interpreter is there and has PyTorch; says so where that has only the reference BLAS.</summary>
    public static bool HasPyTorch()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, ["-c", LibrariesOfPyTorch])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            process.WaitForExit();
            _ = error.Result;
            if (output.Result.Contains("/blas/libblas.so", StringComparison.Ordinal))
                Console.WriteLine($"{Python}'s PyTorch has the reference BLAS, fifty times slower: sudo apt-get install {BlasPackage}");
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
