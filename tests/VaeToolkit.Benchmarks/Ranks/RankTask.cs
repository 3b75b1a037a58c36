using System.Diagnostics;
using MathNet.Numerics.Statistics;
using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Benchmarks.Ranks;

/// <summary>The models whose steps are timed over ranks.</summary>
internal static class RankTask
{
    private const int WarmUpSteps = 5;
    private const int BatchesAnEpoch = 4;

    /// <summary>
    /// <c>mlp</c>, the 784-300-300-40 VAE; <c>conv</c>, the convolutional VAE of pictures of 32 by 32 pixels; <c>unet</c>, the residual 3D
    /// U-Net with widths 8, 16, 32 on volumes of 32³.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } = ["mlp", "conv", "unet"];

    /// <summary>Seconds of a step, the median, as rank 0 sees it, and bytes of the gradients.</summary>
    public static (double Seconds, long Bytes) Time(string name, int batch, int steps, IExchange? exchange)
    {
        using var seed = SeedScope.Begin(1);
        if (name == "unet")
            return Volumes(batch, steps, exchange);
        using var vae = name == "mlp" ? TrainingWorkload.NewModel() : TrainingWorkload.NewConvolutionalModel();
        using var data = Pictures(batch * BatchesAnEpoch, edge: name == "mlp" ? 28 : 32);
        var times = new StepTimes();
        Trainer.Fit(vae, new Elbo(), data, options: new()
        {
            Epochs = (steps + BatchesAnEpoch - 1) / BatchesAnEpoch,
            BatchSize = batch,
            PreFlight = false,
            Exchange = exchange,
        }, callbacks: [times]);
        return (times.Median, Bytes(vae));
    }

    private static (double Seconds, long Bytes) Volumes(int batch, int steps, IExchange? exchange)
    {
        using var network = new UNet3d(new() { Widths = [8, 16, 32], BlocksPerLevel = 1, BottleneckBlocks = 1 });
        using var data = VolumeWorkload.Noise(edge: 32);
        var times = new StepTimes();
        SegmentationTraining.Run(network, new SegmentationObjective(), data, options: new()
        {
            Steps = steps,
            BatchSize = batch,
            Augmentation = null,
            Exchange = exchange,
        }, progress: times);
        return (times.Median, Bytes(network));
    }

    private static ImageData Pictures(int count, int edge)
    {
        using var scope = torch.NewDisposeScope();
        return ImageData.FromTensor(
            torch.randint(0, 256, [count, edge, edge], torch.uint8, torch.CPU), binarisation: Binarisation.Threshold);
    }

    private static long Bytes(torch.nn.Module model) => model.parameters().Sum(parameter => parameter.numel()) * sizeof(float);

    private sealed class StepTimes : ITrainingCallback<Vae>, IProgress<StepResult>
    {
        private readonly List<double> _seconds = [];
        private long _last;

        public double Median => _seconds.Skip(Math.Min(WarmUpSteps, _seconds.Count / 2)).Median();

        public void Report(StepResult value)
        {
            var now = Stopwatch.GetTimestamp();
            // From step to step: an epoch's first has nothing before it.
            if (_last > 0)
                _seconds.Add(Stopwatch.GetElapsedTime(_last, now).TotalSeconds);
            _last = now;
        }

        public void StepEnded(Vae model, StepResult result) => Report(result);

        public void EpochEnded(Vae model, EpochSummary summary) => _last = 0;
    }
}
