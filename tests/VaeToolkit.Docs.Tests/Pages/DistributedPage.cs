using VaeToolkit;
using VaeToolkit.Distributed;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class DistributedPage
{
    public static void Train()
    {
        #region
        OpenMpi.Run(exchange =>
        {
            using var seed = SeedScope.Begin(1);
            using var digits = ImageData.SyntheticDigits();
            using var vae = new Vae(
                new MlpEncoder(784, latentSize: 40, hidden: [300, 300]), new MlpDecoder(40, [300, 300], ObservationModel.Bernoulli(784)),
                new StandardNormalPrior(40));
            var options = new TrainingOptions { Epochs = 5, BatchSize = 400, Exchange = exchange };
            Trainer.Fit(vae, new Elbo(), digits, options: options, progress: new ConsoleProgress());
            var nll = Evaluate.NegativeLogLikelihood(vae, digits.Test!, new() { Samples = 100, Exchange = exchange });
            if (exchange.Rank == 0)
                Console.WriteLine(nll);
        });
        #endregion
    }
}
