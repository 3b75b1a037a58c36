using System.Diagnostics;
using System.Globalization;
using MathNet.Numerics.Statistics;
using TorchSharp;
using VaeToolkit.Distributed;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks.Ranks;

/// <summary>
/// Training steps by several ranks (<c>mpirun -n 2 ... ranks --batch 1000 --threads 1</c>) or by one process, how long ranks take to add up
/// buffers of many sizes, and what more of them would take: eng/bench-distributed.sh reads the last lines.
/// </summary>
internal static class RanksWorkload
{
    // A size is added up for so long, in seconds, and at least so often, after some sums for TCP to find its speed.
    private const double LongEnough = 0.3;
    private const int FewestSums = 5;
    private const int WarmUpSums = 4;

    // Of the plan: steps of a measurement, ranks that it is made for, and what a message takes over 1, 10 and 100 Gbit/s.
    private const int PlanSteps = 12;
    private const int PlanRounds = 5;
    private const int Many = 64;

    // Steps against items: many short rounds, of which the fastest counts, since what else the machine does only makes it slower.
    private const int ShortSteps = 8;
    private const int ShortRounds = 8;
    // Steps against items: the straight line goes through the fewest and the most.
    private static readonly (string Model, int[] Items)[] s_items =
        [("mlp", [25, 50, 100, 200, 400, 800]), ("conv", [10, 20, 40, 80]), ("unet", [1, 2, 4])];

    private static readonly int[] s_ranks = [2, 4, 8, 16, 32, 64, 128, 256];
    private static readonly (double Gigabits, double Latency)[] s_networks = [(1, 50e-6), (10, 20e-6), (100, 5e-6)];
    private static readonly (string Model, int Few, int Items)[] s_tasks = [("mlp", 100, 500), ("conv", 25, 100), ("unet", 1, 4)];

    /// <summary>Milliseconds of a step, the median, and before it those of one buffer's sum where <c>--bytes</c> has a size.</summary>
    public static void Run(SampleArguments arguments) => OpenMpi.Run(exchange =>
    {
        UseThreads(arguments);
        if (arguments.Number("--bytes", 0, least: 0) is > 0 and var bytes && Sum(exchange, bytes) is var sum && exchange.Rank == 0)
            SampleResult.Print("exchange", sum, "ms", "F3");
        var (seconds, _) = RankTask.Time(
            arguments.Text("--model", "mlp"), arguments.Number("--batch", 100), arguments.Number("--steps", 40), exchange);
        if (exchange.Rank == 0)
            SampleResult.Print("step", 1000 * seconds, "ms", "F3");
    });

    /// <summary>Milliseconds to add up buffers of 4 KB to 256 MB, or of one size.</summary>
    public static void Exchange(SampleArguments arguments) => OpenMpi.Run(exchange =>
    {
        var only = arguments.Number("--bytes", 0, least: 0);
        var (first, last) = only > 0 ? (only, only) : (1L << 12, 1L << arguments.Number("--largest", 28));
        for (var bytes = first; bytes <= last; bytes <<= 2)
        {
            var milliseconds = Sum(exchange, bytes);
            if (exchange.Rank == 0)
                Console.WriteLine(FormattableString.Invariant($"{bytes,12} bytes {milliseconds,12:F4} ms"));
        }
    });

    /// <summary>Milliseconds of one rank's step against its items, beside a straight line through the first and the last.</summary>
    public static void Steps(SampleArguments arguments)
    {
        UseThreads(arguments);
        foreach (var (name, items) in s_items)
        {
            var times = items.Select(_ => new List<double>()).ToArray();
            for (var round = 0; round < ShortRounds; round++)
            {
                foreach (var (at, count) in items.Index())
                    times[at].Add(1000 * RankTask.Time(name, count, ShortSteps, exchange: null).Seconds);
            }
            double[] step = [.. times.Select(time => time.Min())];
            var slope = (step[^1] - step[0]) / (items[^1] - items[0]);
            foreach (var (at, count) in items.Index())
            {
                Console.WriteLine(FormattableString.Invariant($"{name,4}, {count,4} items: {step[at],7:F1} ms a step, ")
                    + FormattableString.Invariant($"{1000 * step[at] / count,8:F1} µs an item, by the line ")
                    + FormattableString.Invariant($"{step[0] + slope * (count - items[0]):F1} ms"));
            }
        }
    }

    /// <summary>
    /// What steps of up to 256 ranks would take, each with a core as this machine has them, from what a rank works here by itself:
    /// <c>plan --host 0.33</c>, where the ranks of this machine add up a gigabyte to each other in so many seconds.
    /// </summary>
    public static void Plan(SampleArguments arguments)
    {
        UseThreads(arguments);
        var host = Number(arguments, "--host", "0.33") * 1e-9;
        foreach (var (name, fewItems, items) in s_tasks)
        {
            var (few, more, bytes) = (new List<double>(), new List<double>(), 0L);
            var ofMany = new List<double>();
            // By turns, so that what else the machine does meets all, and the fastest, since it only makes them slower.
            for (var round = 0; round < PlanRounds; round++)
            {
                few.Add(RankTask.Time(name, 2 * fewItems, PlanSteps, new FirstOfMany(2)).Seconds);
                more.Add(RankTask.Time(name, 2 * items, PlanSteps, new FirstOfMany(2)).Seconds);
                (var seconds, bytes) = RankTask.Time(name, Many * items, PlanSteps, new FirstOfMany(Many));
                ofMany.Add(seconds);
            }
            var model = StepTimeModel.Through(
                (fewItems, few.Min()), (items, more.Min()), (Many, ofMany.Min()), bytes);
            Console.WriteLine(FormattableString.Invariant($"{name}, {bytes / 1e6:F2} MB of gradients, {items} items a rank: fixed ")
                + FormattableString.Invariant($"{1000 * model.Fixed:F2} ms, an item {1e6 * model.PerItem:F1} µs, ")
                + FormattableString.Invariant($"an item of all {1e6 * model.PerItemOfAll:F3} µs"));
            Console.WriteLine("what a rank does for the others' items, of its work: " + string.Join(", ", s_ranks.Select(ranks =>
                FormattableString.Invariant($"{100 * model.ForOthers(ranks, items):F2} % of {ranks}"))));
            foreach (var (gigabits, latency) in s_networks)
            {
                var network = RankNetwork.OfGigabits(gigabits, latency, host);
                Console.WriteLine(FormattableString.Invariant($"{gigabits,4} Gbit/s |") + string.Join(" |", s_ranks.Select(ranks =>
                    FormattableString.Invariant($"{1000 * model.Step(ranks, items, network),7:F1} ms ")
                    + FormattableString.Invariant($"{model.Efficiency(ranks, items, network):F2}"))));
            }
        }
    }

    /// <summary>Milliseconds that the gradients and the numbers of a step take over a network, by the model.</summary>
    public static void Forecast(SampleArguments arguments)
    {
        var network = new RankNetwork(s_networks[0].Latency, Number(arguments, "--byte", "8") * 1e-9);
        var exchange = StepTimeModel.Exchange(arguments.Number("--bytes", 1), arguments.Number("--ranks", 2), network);
        SampleResult.Print("exchange", 1000 * exchange, "ms", "F3");
    }

    // Milliseconds to add up a buffer, the median, as this rank sees it.
    private static double Sum(IExchange exchange, long bytes)
    {
        var values = new float[bytes / sizeof(float)];
        for (var i = 0; i < WarmUpSums; i++)
            exchange.AllReduce(values);
        var clock = Stopwatch.StartNew();
        exchange.AllReduce(values);
        double[] one = [exchange.Rank == 0 ? clock.Elapsed.TotalSeconds : 0];
        exchange.AllReduce(one);
        var times = new double[(int)Math.Clamp(LongEnough / one[0], FewestSums, 10_000)];
        for (var i = 0; i < times.Length; i++)
        {
            clock.Restart();
            exchange.AllReduce(values);
            times[i] = clock.Elapsed.TotalMilliseconds;
        }
        return times.Median();
    }

    private static double Number(SampleArguments arguments, string name, string usual)
        => double.Parse(arguments.Text(name, usual), CultureInfo.InvariantCulture);

    private static void UseThreads(SampleArguments arguments)
    {
        TorchRuntime.Prepare(arguments.Number("--threads", 2));
        torch.set_num_threads(arguments.Number("--threads", 2));
    }
}
