using System.Globalization;
using System.Runtime.InteropServices;
using MathNet.Numerics.Statistics;
using VaeToolkit.Samples;

namespace VaeToolkit.Benchmarks.Comparison;

/// <summary>
/// This library, PyTorch and plain TorchSharp by turns on the same workloads, data, settings and thread counts, each in a process of its
/// own: medians over the rounds with their least and greatest ratio, the distance to the floor of the matrix products, peak memory.
/// </summary>
internal sealed class SideBySide
{
    private readonly Competitor[] _competitors;
    private readonly (ComparedWorkload Workload, int Threads)[] _entries;
    private readonly Dictionary<(string Competitor, string Entry), List<(double Seconds, double Megabytes, double Outcome)>> _measured = [];
    private readonly HashSet<(string Competitor, string Entry)> _overTime = [];
    private readonly SampleArguments _arguments;

    private SideBySide(SampleArguments arguments)
    {
        _arguments = arguments;
        _competitors = Competitor.HasPyTorch() ? [Competitor.Ours, Competitor.PyTorch, Competitor.TorchSharp]
            : [Competitor.Ours, Competitor.TorchSharp];
        if (_competitors.Length == 2)
            Console.WriteLine(
                $"{Competitor.Python} has no PyTorch: sudo apt-get install python3-torch python3-numpy {Competitor.BlasPackage}");
        var most = arguments.Number("--threads", 2);
        var asked = arguments.Text("--workloads", "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        if (asked.Except(ComparedWorkload.All.Select(workload => workload.Name)).FirstOrDefault() is { } unknown)
            throw new ArgumentException(
                $"there is no workload '{unknown}'; there are {string.Join(", ", ComparedWorkload.All.Select(workload => workload.Name))}");
        _entries =
        [
            .. from workload in ComparedWorkload.All
               where asked.Length == 0 || asked.Contains(workload.Name)
               where workload.KnowsDevices || Device(arguments) == "cpu"
               from threads in Device(arguments) == "cpu" ? workload.Threads.Where(count => count < most).Append(most) : [most]
               select (arguments.Has("--quick") ? workload.Quick : workload, threads),
        ];
    }

    public static void Run(SampleArguments arguments)
    {
        var comparison = new SideBySide(arguments);
        PrintMachine();
        var rounds = arguments.Number("--rounds", arguments.Has("--quick") ? 1 : 5);
        for (var round = 1; round <= rounds; round++)
        {
            comparison.TakeTurns(round);
            Console.Error.WriteLine($"round {round} of {rounds} done");
        }
        comparison.PrintTable();
        comparison.PrintResults();
        comparison.RequireSameOutcomes();
    }

    private static string Device(SampleArguments arguments) => arguments.Text("--device", "cpu");

    private static string Label((ComparedWorkload Workload, int Threads) entry)
        => string.Create(CultureInfo.InvariantCulture, $"{entry.Workload.Name}_{entry.Threads}t");

    private void TakeTurns(int round)
    {
        foreach (var entry in _entries)
        {
            // Whoever comes first finds the files and the processor as the one before has left them.
            foreach (var competitor in round % 2 == 1 ? _competitors : _competitors.Reverse())
            {
                if (!_overTime.Contains((competitor.Name, Label(entry))))
                    TakeTurn(competitor, entry, round);
            }
        }
    }

    // Who is over the limit once would be again: nothing is said of it there, and the others go on.
    private void TakeTurn(Competitor competitor, (ComparedWorkload Workload, int Threads) entry, int round)
    {
        var key = (competitor.Name, Label(entry));
        try
        {
            var output = competitor.Run(
                entry.Workload, entry.Threads, Further(_arguments, entry.Workload, round), Competitor.Limit(_arguments));
            if (!_measured.TryGetValue(key, out var measured))
                _measured[key] = measured = [];
            measured.Add((entry.Workload.Seconds(output), ComparedWorkload.Megabytes(output), entry.Workload.Outcome(output)));
        }
        catch (TimeoutException e)
        {
            Console.WriteLine($"not measured: {e.Message}");
            _overTime.Add(key);
        }
    }

    private bool IsMeasured(Competitor competitor, (ComparedWorkload, int) entry) => !_overTime.Contains((competitor.Name, Label(entry)));

    /// <summary>The arguments of a turn beside the workload's own: its seed, and where the images are.</summary>
    public static List<string> Further(SampleArguments arguments, ComparedWorkload workload, int round)
    {
        List<string> further = ["--seed", round.ToString(CultureInfo.InvariantCulture)];
        if (Device(arguments) is not "cpu" and var device)
            further.AddRange(["--device", device]);
        if (workload.NeedsImages)
            further.AddRange(["--data", ImageFolder(arguments)]);
        return further;
    }

    // Both other programs read the files by their names in one folder.
    private static string ImageFolder(SampleArguments arguments)
    {
        var given = arguments.Text("--data", Environment.GetEnvironmentVariable("VAETOOLKIT_DATA") ?? ".");
        return new[] { given, Path.Combine(given, "mnist") }.FirstOrDefault(
                folder => File.Exists(Path.Combine(folder, "train-images-idx3-ubyte.gz"))) is { } found ? Path.GetFullPath(found)
            : throw new ArgumentException($"there is no train-images-idx3-ubyte.gz in '{given}'; give --data or set VAETOOLKIT_DATA");
    }

    private void PrintTable()
    {
        Console.WriteLine($"\n| workload | threads | of | {string.Join(" | ", _competitors.Select(c => $"{c.Name}, s | MB | outcome"))} |");
        Console.WriteLine($"|---|--:|---|{string.Concat(_competitors.Select(_ => "--:|--:|--:|"))}");
        foreach (var entry in _entries)
        {
            var cells = _competitors.Select(competitor => !IsMeasured(competitor, entry) ? "not measured | – | –" : string.Create(
                CultureInfo.InvariantCulture,
                $"{Seconds(competitor, entry).Median():F3} | {Megabytes(competitor, entry):F0} | {Outcome(competitor, entry):F3}"));
            Console.WriteLine($"| {entry.Workload.Name} | {entry.Threads} | {entry.Workload.Unit} | {string.Join(" | ", cells)} |");
        }
        Console.WriteLine();
    }

    private void PrintResults()
    {
        foreach (var entry in _entries)
        {
            foreach (var other in _competitors[1..])
            {
                var name = $"ratio_{Label(entry)}_{other.Name}";
                if (IsMeasured(other, entry) && IsMeasured(Competitor.Ours, entry))
                    PrintRatio(name, Seconds(other, entry), Seconds(Competitor.Ours, entry));
                else
                    SampleResult.PrintText(name, "not measured", "");
            }
        }
        (ComparedWorkload Workload, int Threads)[] own = [.. _entries.Where(entry => IsMeasured(Competitor.Ours, entry))];
        var onCpu = own.Where(entry => Device(_arguments) == "cpu" && entry.Workload.DenseImages is not null);
        foreach (var threads in onCpu.Select(entry => entry.Threads).Distinct())
            PrintOverFloor(threads, own);
        foreach (var entry in own)
            SampleResult.Print($"memory_{Label(entry)}", Megabytes(Competitor.Ours, entry), "MB", "F0");
    }

    // Times of programs that do something else are no comparison.
    private void RequireSameOutcomes()
    {
        foreach (var entry in _entries.Where(entry => IsMeasured(Competitor.Ours, entry)))
        {
            var ours = Outcome(Competitor.Ours, entry);
            var most = entry.Workload.Tolerance * Math.Abs(ours);
            var measured = _competitors.Where(competitor => IsMeasured(competitor, entry));
            if (measured.FirstOrDefault(other => !(Math.Abs(Outcome(other, entry) - ours) <= most)) is { } other)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Label(entry)}: ours ends at {ours:F3}, {other.Name} at {Outcome(other, entry):F3}; they do not do the same work"));
            }
        }
    }

    private void PrintOverFloor(int threads, (ComparedWorkload Workload, int Threads)[] entries)
    {
        var floor = ArithmeticFloor.SecondsAnImage(threads);
        foreach (var entry in entries.Where(entry => entry.Threads == threads))
        {
            if (entry.Workload.DenseImages is { } images)
                SampleResult.Print($"over_floor_{Label(entry)}", Seconds(Competitor.Ours, entry).Median() / (floor * images), "");
        }
    }

    // The programs of a round ran one after the other: its ratio is less disturbed by what else the machine did.
    private static void PrintRatio(string name, double[] other, double[] ours)
    {
        var byRound = other.Zip(ours, (theirs, own) => theirs / own).ToArray();
        SampleResult.PrintText(name, string.Create(
            CultureInfo.InvariantCulture, $"{other.Median() / ours.Median():F2} ({byRound.Min():F2} to {byRound.Max():F2})"), "");
    }

    private double[] Seconds(Competitor competitor, (ComparedWorkload, int) entry)
        => [.. _measured[(competitor.Name, Label(entry))].Select(measured => measured.Seconds)];

    private double Outcome(Competitor competitor, (ComparedWorkload, int) entry)
        => _measured[(competitor.Name, Label(entry))].Select(measured => measured.Outcome).Median();

    private double Megabytes(Competitor competitor, (ComparedWorkload, int) entry)
        => _measured[(competitor.Name, Label(entry))].Select(measured => measured.Megabytes).Median();

    public static void PrintMachine()
    {
        var processor = OperatingSystem.IsLinux() && File.ReadLines("/proc/cpuinfo").FirstOrDefault(
            line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line ? line.Split(':')[1].Trim() : "";
        var load = OperatingSystem.IsLinux() ? $"; load before: {string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3])}" : "";
        Console.WriteLine(
            $"machine: {processor} {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors, "
            + $"AVX-512 {(System.Runtime.Intrinsics.X86.Avx512F.IsSupported ? "yes" : "no")}; {RuntimeInformation.OSDescription}; "
            + $"{RuntimeInformation.FrameworkDescription}{load}");
    }
}
