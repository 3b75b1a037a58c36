using System.Globalization;
using VaeToolkit.Data;
using VaeToolkit.Decoders;
using VaeToolkit.Encoders;
using VaeToolkit.Evaluation;
using VaeToolkit.Models;
using VaeToolkit.Objectives;
using VaeToolkit.Priors;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// The workload of <c>peer/pytorch_vae.py</c>: a 784-300-300-40 VAE on MNIST binarised at one half, Adam with 5e-4. It prints the same
/// lines, so that one script reads both.
/// </summary>
internal static class TrainingWorkload
{
    public static void Run(SampleArguments arguments)
    {
        var seed = arguments.Number("--seed", 0, least: 0);
        using var data = Images(arguments);
        using var scope = SeedScope.Begin(seed);
        using var vae = NewModel();
        var options = new TrainingOptions
        {
            Epochs = arguments.Number("--epochs", 3),
            BatchSize = arguments.Number("--batch", 100),
            LearningRate = 5e-4,
            Seed = seed,
            PreFlight = false,
        };
        Trainer.Fit(vae, new Elbo(), data, validation: null, options, callbacks: [new EpochLine()]);
        if (arguments.Number("--nll", 0, least: 0) is > 0 and var images)
            PrintLikelihood(vae, data.Test!.First(images));
    }

    public static ImageData Images(SampleArguments arguments) =>
        ImageData.Mnist(arguments.Text("--data", "") is { Length: > 0 } folder ? folder : null, Binarisation.Threshold);

    public static Vae NewModel() => new(
        new MlpEncoder(784, latentSize: 40, hidden: [300, 300]),
        new MlpDecoder(latentSize: 40, hidden: [300, 300], PixelLikelihood.Bernoulli(784)),
        new StandardNormalPrior(40));

    private static void PrintLikelihood(Vae vae, ImageData images)
    {
        var nll = Evaluate.NegativeLogLikelihood(vae, images, new ImportanceOptions { Samples = 500, Seed = 99 });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"NLL {nll.Mean:F3} +- {nll.StandardError:F3} nats over {nll.Items} images, {nll.Samples} samples"));
    }

    private sealed class EpochLine : ITrainingCallback<Vae>
    {
        public void EpochEnded(Vae model, EpochSummary summary) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"epoch {summary.Epoch}: {summary.Seconds:F2} s, bound {-summary.TrainLoss:F3}"));
    }
}
