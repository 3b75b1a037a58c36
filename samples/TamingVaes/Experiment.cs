using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>One model trained with one objective.</summary>
internal sealed class Experiment(ExperimentSettings settings, long seed) : IDisposable
{
    /// <summary>Where in the run's folder its training is recorded.</summary>
    public const string TrainingFolder = "training";

    private readonly Vae _vae = settings.Model();

    public Outcome Run(ImageData train, ImageData test, string folder)
    {
        var options = new TrainingOptions
        {
            Epochs = settings.Epochs,
            BatchSize = settings.BatchSize,
            Seed = seed,
            LearningRate = settings.LearningRate,
            LearningRateSchedule = optimizer => torch.optim.lr_scheduler.LambdaLR(
                optimizer, epoch => epoch < settings.Epochs - 1 ? 1 : settings.LastRate),
            // The page shows how a constraint came to be met.
            CheckpointDirectory = settings.IsConstrained ? Path.Combine(folder, TrainingFolder) : null,
            KeepBest = false,
        };
        var result = Trainer.Fit(_vae, settings.CreateObjective(), train, options: options, progress: new ConsoleProgress());
        var items = test.First(Math.Min(settings.EvaluationItems, test.Count));
        var errors = Evaluate.Reconstruction(_vae, items, new() { Seed = 7 }).Sampled;
        var divergence = Evaluate.MarginalKl(_vae, items, new() { Seed = 7 });
        return new(
            divergence.MarginalKl,
            divergence.AverageKl,
            errors.SquaredError,
            Evaluate.Reconstruction(_vae, train, new() { Seed = 7 }).Sampled.SquaredError,
            errors.Dimensions,
            result.History.Sum(epoch => epoch.Seconds));
    }

    /// <summary>A row of test images beside their reconstructions, and a row of samples: <c>[32, C, H, W]</c>.</summary>
    public torch.Tensor Pictures(ImageData test)
    {
        foreach (var batch in test.InOrder(8))
        {
            using var reconstructions = _vae.Reconstruct(batch.Items);
            using var pairs = torch.stack([batch.Items, reconstructions], dim: 1);
            using var row = pairs.flatten(0, 1);
            using var flat = _vae.Sample(16);
            using var samples = flat.reshape(row.shape);
            return torch.cat([row, samples]);
        }
        throw new ArgumentException("there are no test images", nameof(test));
    }

    public void Dispose() => _vae.Dispose();
}
