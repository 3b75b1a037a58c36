using System.Globalization;
using VaeToolkit.Samples;

namespace VaeToolkit.Benchmarks.Profiles;

/// <summary>The parts of a step in milliseconds, as lines of results and as a row of a table in markdown.</summary>
internal static class ProfileTable
{
    public static void Print(string workload, int threads, params IReadOnlyList<(string Name, double Milliseconds)> parts)
    {
        foreach (var (name, milliseconds) in parts)
            SampleResult.Print($"milliseconds_{name}", milliseconds, "ms", "F3");
        var names = parts.Select(part => part.Name.Replace('_', ' '));
        var times = parts.Select(part => part.Milliseconds.ToString("F2", CultureInfo.InvariantCulture));
        Console.WriteLine($"\n| workload | threads | {string.Join(" | ", names)} |");
        Console.WriteLine($"|---|--:|{string.Concat(parts.Select(_ => "--:|"))}");
        Console.WriteLine($"| {workload} | {threads} | {string.Join(" | ", times)} |");
    }
}
