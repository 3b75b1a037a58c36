using VaeToolkit;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class ReadmePage
{
    public static void Program()
    {
        #region
        using var seed = SeedScope.Begin(1234);
        using var data = ImageData.Mnist(binarisation: Binarisation.Threshold);
        using var vae = new Vae(
            new MlpEncoder(784, latentSize: 40, hidden: [300, 300]),
            new MlpDecoder(latentSize: 40, hidden: [300, 300], ObservationModel.Bernoulli(784)),
            new StandardNormalPrior(40));
        Trainer.Fit(vae, new Elbo(), data, options: new TrainingOptions { Epochs = 20, BatchSize = 100 }, progress: new ConsoleProgress());
        var nll = Evaluate.NegativeLogLikelihood(vae, data.Test!, new ImportanceOptions { Samples = 500, Seed = 99 });
        Console.WriteLine($"test NLL {nll.Mean:F2} ± {nll.StandardError:F2} nats");
        ImageGrid.Save("samples.png", vae.Sample(64), columns: 8);
        #endregion
    }

    public static void OneFile()
    {
        #region
        using var data = ImageData.SyntheticDigits(2000, 500, seed: 1);
        using var vae = new Vae(
            new MlpEncoder(784, latentSize: 10, hidden: [128]),
            new MlpDecoder(latentSize: 10, hidden: [128], ObservationModel.Bernoulli(784)),
            new StandardNormalPrior(10));
        Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = 5, BatchSize = 50, Seed = 1 });
        Console.WriteLine(Evaluate.NegativeLogLikelihood(vae, data.Test!, new() { Samples = 50, Seed = 1 }));
        vae.SaveWeights("vae.safetensors");
        #endregion
    }
}
