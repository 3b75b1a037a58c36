using VaeToolkit;
using VaeToolkit.Distributed;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class DistributedPackage
{
    public static void Program()
    {
        #region
        OpenMpi.Run(exchange =>
        {
            using var seed = SeedScope.Begin(1);
            using var digits = ImageData.SyntheticDigits();
            var data = digits.First(400);
            using var vae = new Vae(
                new MlpEncoder(784, latentSize: 10, hidden: [64]), new MlpDecoder(10, [64], ObservationModel.Bernoulli(784)),
                new StandardNormalPrior(10));
            var result = Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = 2, BatchSize = 100, Exchange = exchange });
            if (exchange.Rank == 0)
                Console.WriteLine($"ranks: {exchange.Size}, epochs: {result.History.Count}");
        });
        #endregion
    }
}
