using System.Diagnostics;
using System.Globalization;
using MathNet.Numerics.Statistics;
using TorchSharp;
using VaeToolkit.Samples;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// The workload of <c>Peers/pytorch_unet3d.py</c>: training steps of a residual 3D U-Net with one block a level on random volumes. It
/// prints the same lines, and how memory grows from step 20 to the last.
/// </summary>
internal static class VolumeWorkload
{
    public const int Volumes = 8;
    public const int WarmUp = 10;
    private const int Settled = 20;

    public static void Run(SampleArguments arguments)
    {
        var (edge, steps, seed) = (arguments.Number("--edge", 32), arguments.Number("--steps", 60, least: Settled + 1),
            arguments.Number("--seed", 0, least: 0));
        using var random = SeedScope.Begin(seed);
        using var network = new UNet3d(new() { Widths = Widths(arguments), BlocksPerLevel = 1, BottleneckBlocks = 1 });
        network.to(torch.device(arguments.Text("--device", "cpu")));
        using var data = Noise(edge);
        Console.WriteLine(network);
        var (options, clock) = (new SegmentationTrainingOptions
        {
            Steps = steps,
            BatchSize = arguments.Number("--batch", 2),
            Seed = seed,
            Augmentation = null,
            // Read every step, as both peers do: on a GPU it would be told of fifty steps at once, and the clock would see nothing.
            StepsPerReading = 1,
        }, new StepClock());
        var run = SegmentationTraining.Run(network, new SegmentationObjective(), data, options: options, progress: clock);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"step: {clock.Seconds.Skip(WarmUp).Median():F4} s, loss {run.Steps[0].Loss:F4} to "
                + $"{run.Steps[^1].Loss:F4}\npeak memory {PeakMemory.Megabytes():F0} MB"));
        SampleResult.Print("memory_step_20", clock.Megabytes[Settled - 1], "MB", "F0");
        SampleResult.Print("memory_last_step", clock.Megabytes[^1], "MB", "F0");
    }

    public static long[] Widths(SampleArguments arguments)
        => [.. arguments.Text("--widths", "8,16,32").Split(',').Select(width => long.Parse(width, CultureInfo.InvariantCulture))];

    // What is above 1 is foreground: 16 % of the voxels.
    public static SegmentationData Noise(int edge)
    {
        using var scope = torch.NewDisposeScope();
        var volumes = torch.randn([Volumes, 1L, edge, edge, edge]);
        return new(volumes, volumes.squeeze(1).gt(1).to(torch.int64));
    }

    /// <summary>How long each step took, and what the process held after it.</summary>
    private sealed class StepClock : IProgress<StepResult>
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        public List<double> Seconds { get; } = [];

        public List<double> Megabytes { get; } = [];

        public void Report(StepResult value)
        {
            Seconds.Add(_clock.Elapsed.TotalSeconds);
            Megabytes.Add(Environment.WorkingSet / 1e6);
            _clock.Restart();
        }
    }
}
