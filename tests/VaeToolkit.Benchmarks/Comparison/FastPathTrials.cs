using System.Diagnostics;
using System.Globalization;
using MathNet.Numerics.Statistics;
using VaeToolkit.Samples;

namespace VaeToolkit.Benchmarks.Comparison;

/// <summary>Every fast path on and off by turns, on the workloads where it applies: how much longer these take without it.</summary>
internal static class FastPathTrials
{
    // A harmless setting of the allocator: the library then leaves it alone, and asks for no huge pages either.
    private const string AllocatorAsItComes = "GLIBC_TUNABLES=glibc.malloc.perturb=0";
    private const string SmallPages = "VAETOOLKIT_SMALL_PAGES=1";
    // Where the processor's caches are hidden the library keeps oneDNN to SSE4.1 for its convolutions' sake; dense layers need not.
    private const string AllInstructions = "ONEDNN_MAX_CPU_ISA=ALL";
    // As where caches are not hidden; this network's channels are ones for which it is right there too.
    private const string Avx2 = "ONEDNN_MAX_CPU_ISA=AVX2";
    private const string Spinning = "GOMP_SPINCOUNT=300000";

    // A whole program, of which hardly anything is training.
    private static readonly ComparedWorkload s_start = new("start", "train", Script: "", "--items 100 --epochs 1");

    // What stands with or without a path are arguments, and at most one variable of the environment. Kept memory is tried with small pages
    // on both sides.
    private static readonly (string Path, string Workload, int Threads, string With, string Without)[] s_trials =
    [
        ("adam", "mlp_100", 1, "", "--plain-adam"),
        ("adam", "mlp_500", 2, "", "--plain-adam"),
        ("own_products", "mlp_100", 1, "", "--plain-products"),
        ("own_products", "mlp_100", 2, "", "--plain-products"),
        ("own_products", "mlp_500", 1, "", "--plain-products"),
        ("own_products", "mlp_500", 2, "", "--plain-products"),
        ("own_products", "iwae_50", 2, "", "--plain-products"),
        ("own_products", "vamp_500", 2, "", "--plain-products"),
        ("fused_rows", "mlp_500", 2, "", "--plain-operators"),
        ("fused_rows", "iwae_50", 2, "", "--plain-operators"),
        ("fused_rows", "vamp_500", 2, "", "--plain-operators"),
        ("dense_blocks", "nll_5000", 2, "", "--plain-operators"),
        ("batch_halves", "mlp_100", 2, "", "--whole"),
        ("batch_halves", "mlp_500", 2, "", "--whole"),
        ("component_halves", "vamp_500", 2, "", "--whole"),
        ("rectifiers_in_place", "conv_128", 2, "", "--rectifiers-apart"),
        ("bfloat16", "mlp_500", 1, "--bfloat16", ""),
        ("bfloat16_all_instructions", "mlp_500", 1, $"--bfloat16 {AllInstructions}", AllInstructions),
        ("slices", "volume", 2, "", "--plain-operators"),
        ("slices_avx2", "volume", 2, Avx2, $"--plain-operators {Avx2}"),
        ("kept_memory", "mlp_100", 1, SmallPages, AllocatorAsItComes),
        ("kept_memory", "volume", 2, SmallPages, AllocatorAsItComes),
        ("huge_pages", "start", 1, "", SmallPages),
        ("huge_pages", "mlp_100", 1, "", SmallPages),
        ("sleeping_threads", "conv_128", 2, "", Spinning),
        ("sleeping_threads", "volume", 2, "", Spinning),
    ];

    public static void Run(SampleArguments arguments)
    {
        SideBySide.PrintMachine();
        var busy = arguments.Number("--beside", 0, least: 0);
        KeepBusy(busy);
        var asked = arguments.Text("--workloads", "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        if (asked.Except(s_trials.Select(trial => trial.Path)).FirstOrDefault() is { } unknown)
            throw new ArgumentException(
                $"there is no path '{unknown}'; there are {string.Join(", ", s_trials.Select(trial => trial.Path).Distinct())}");
        foreach (var (path, name, threads, with, without) in s_trials.Where(trial => asked.Length == 0 || asked.Contains(trial.Path)))
        {
            var workload = name == s_start.Name ? s_start : ComparedWorkload.All.Single(compared => compared.Name == name);
            var result = string.Create(CultureInfo.InvariantCulture, $"gain_{path}_{name}_{threads}t{(busy > 0 ? $"_beside_{busy}" : "")}");
            try
            {
                var gains = Enumerable.Range(1, arguments.Number("--rounds", 5)).Select(
                    round => Gain(round, setting => Seconds(arguments, workload, threads, round, setting), with, without)).ToArray();
                SampleResult.PrintText(result, string.Create(
                    CultureInfo.InvariantCulture, $"{gains.Median():F2} ({gains.Min():F2} to {gains.Max():F2})"), "");
            }
            catch (TimeoutException e)
            {
                Console.WriteLine($"not measured: {e.Message}");
                SampleResult.PrintText(result, "not measured", "");
            }
        }
    }

    // Some paths are for machines that others use: as many programs as there are threads here, which never wait, until this one ends.
    private static void KeepBusy(int threads)
    {
        for (; threads > 0; threads--)
            new Thread(() => { while (true) Thread.SpinWait(1_000); }) { IsBackground = true }.Start();
    }

    // Whoever comes first finds the files and the processor as the one before has left them.
    private static double Gain(int round, Func<string, double> seconds, string with, string without)
    {
        if (round % 2 == 0)
            return seconds(without) / seconds(with);
        var fast = seconds(with);
        return seconds(without) / fast;
    }

    private static double Seconds(SampleArguments arguments, ComparedWorkload workload, int threads, int round, string setting)
    {
        var parts = setting.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var further = SideBySide.Further(arguments, workload, round).Concat(parts.Where(IsArgument));
        var clock = Stopwatch.StartNew();
        var output = Competitor.Ours.Run(
            workload, threads, further, Competitor.Limit(arguments), parts.SingleOrDefault(part => !IsArgument(part)));
        return workload == s_start ? clock.Elapsed.TotalSeconds : workload.Seconds(output);
    }

    private static bool IsArgument(string part) => part.StartsWith("--", StringComparison.Ordinal);
}
