using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Boosting;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>What the log-density of a mixture of 500 components costs at 5,000 points of 40 dimensions.</summary>
internal static class DensityTiming
{
    public static void Print(int seed)
    {
        using var random = SeedScope.Begin(seed);
        using var scope = torch.NewDisposeScope();
        using var mixture = new NormalMixture(
            new DiagonalComponents(torch.randn([500L, 40L]), torch.rand([500L, 40L]) * 4 - 4), [.. Enumerable.Repeat(1 / 500.0, 500)]);
        var points = torch.randn([5_000L, 40L]);
        // What the first call loads and compiles is not the evaluation's.
        mixture.LogDensity(torch.randn([100L, 40L])).Dispose();
        using var process = Process.GetCurrentProcess();
        var before = process.WorkingSet64;
        mixture.LogDensity(points).Dispose();
        process.Refresh();
        SampleResult.Print("mixture_density_memory", Math.Max(0, process.PeakWorkingSet64 - before) / 1e6, "MB", "F1");
        var clock = new Stopwatch();
        var best = Enumerable.Range(0, 10).Min(_ =>
        {
            clock.Restart();
            mixture.LogDensity(points).Dispose();
            return clock.Elapsed.TotalMilliseconds;
        });
        SampleResult.Print("mixture_density_500x5000x40", best, "ms", "F1");
    }
}
