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
}
