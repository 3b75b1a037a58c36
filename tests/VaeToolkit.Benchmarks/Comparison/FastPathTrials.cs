using System.Globalization;
using MathNet.Numerics.Statistics;
using VaeToolkit.Samples;

namespace VaeToolkit.Benchmarks.Comparison;

/// <summary>Every fast path on and off by turns, on the workloads where it applies: how much longer these take without it.</summary>
internal static class FastPathTrials
{
    // A harmless setting of the allocator: the library then leaves it alone.
    private const string AllocatorAsItComes = "GLIBC_TUNABLES=glibc.malloc.perturb=0";
    private const string Spinning = "GOMP_SPINCOUNT=300000";

    private static readonly (string Path, string Workload, int Threads, string Arguments, string? Environment)[] s_trials =
    [
        ("adam", "mlp_100", 1, "--plain-adam", null),
        ("adam", "mlp_500", 2, "--plain-adam", null),
        ("fused_rows", "mlp_500", 2, "--plain-operators", null),
        ("fused_rows", "iwae_50", 2, "--plain-operators", null),
        ("fused_rows", "vamp_500", 2, "--plain-operators", null),
        ("dense_blocks", "nll_5000", 2, "--plain-operators", null),
        ("batch_halves", "mlp_100", 2, "--whole", null),
        ("batch_halves", "mlp_500", 2, "--whole", null),
        ("component_halves", "vamp_500", 2, "--whole", null),
        ("kept_memory", "mlp_100", 1, "", AllocatorAsItComes),
        ("kept_memory", "volume", 2, "", AllocatorAsItComes),
        ("sleeping_threads", "conv_128", 2, "", Spinning),
        ("sleeping_threads", "volume", 2, "", Spinning),
    ];

    public static void Run(SampleArguments arguments)
    {
        SideBySide.PrintMachine();
        var limit = Competitor.Limit(arguments);
        var asked = arguments.Text("--workloads", "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        foreach (var trial in s_trials.Where(trial => asked.Length == 0 || asked.Contains(trial.Path)))
        {
            var workload = ComparedWorkload.All.Single(compared => compared.Name == trial.Workload);
            var gains = Enumerable.Range(1, arguments.Number("--rounds", 5)).Select(round =>
            {
                var further = SideBySide.Further(arguments, workload, round);
                var with = Competitor.Ours.Run(workload, trial.Threads, further, limit);
                string[] off = [.. further, .. trial.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
                var without = Competitor.Ours.Run(workload, trial.Threads, off, limit, trial.Environment);
                return workload.Seconds(without) / workload.Seconds(with);
            }).ToArray();
            SampleResult.PrintText($"gain_{trial.Path}_{trial.Workload}_{trial.Threads}t", string.Create(
                CultureInfo.InvariantCulture, $"{gains.Median():F2} ({gains.Min():F2} to {gains.Max():F2})"), "");
        }
    }
}
