using VaeToolkit;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class CorePackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        using var seed = SeedScope.Begin(1234);
        using var data = ImageData.SyntheticDigits(count: 2_000, testCount: 200);
        using var vae = new Vae(
            new MlpEncoder(784, latentSize: 10, hidden: [200]),
            new MlpDecoder(latentSize: 10, hidden: [200], ObservationModel.Bernoulli(784)),
            new StandardNormalPrior(10));
        Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = 5, BatchSize = 100 });
        Console.WriteLine(Evaluate.NegativeLogLikelihood(vae, data.Test!, new() { Samples = 100, Seed = 99 }));
        ImageGrid.Save("samples.png", vae.Sample(64), columns: 8);
        #endregion
    }
}
