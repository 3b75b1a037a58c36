using System.Diagnostics;
using MathNet.Numerics.Statistics;
using VaeToolkit.Molecules;
using VaeToolkit.Samples;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// How long the checker takes for each string of two files: the fastest of several passes, since what else the machine does only adds.
/// </summary>
internal static class SmilesWorkload
{
    private const int Passes = 7;

    public static void Run(SampleArguments arguments)
    {
        var folder = arguments.Text("--data", Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA") ?? "", "molecules"));
        string[] strings = [.. new[] { "validity.csv", "train.csv" }.SelectMany(file => Strings(Path.Combine(folder, file)))];
        // A pass first: compiling the code is not what is measured.
        Pass(strings);
        var fastest = Pass(strings);
        for (var pass = 1; pass < Passes; pass++)
            fastest = [.. fastest.Zip(Pass(strings), Math.Min)];
        Console.WriteLine($"{strings.Length} strings, up to {strings.Max(text => text.Length)} characters; the slowest: "
            + strings[fastest.Index().MaxBy(pair => pair.Item).Index]);
        SampleResult.Print("smiles_check_mean", fastest.Mean(), "ms", "F4");
        SampleResult.Print("smiles_check_slowest", fastest.Max(), "ms", "F4");
    }

    // Corrupted strings are to be checked too, so the table's own reader, which would refuse some, is not asked.
    private static IEnumerable<string> Strings(string path) => File.ReadLines(path).Skip(1).Select(line => line.Split(',')[0]);

    private static double[] Pass(string[] strings) => [.. strings.Select(text =>
    {
        var start = Stopwatch.GetTimestamp();
        SmilesChecker.Check(text);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    })];
}
