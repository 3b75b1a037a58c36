using VaeToolkit;
using VaeToolkit.Evaluation;
using VaeToolkit.Studies;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class StudiesPage
{
    public static void Compare()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        var study = new Study<double>(
            "runs/beta", new Dictionary<string, double> { ["one"] = 1, ["four"] = 4 }, seeds: [1, 2, 3, 4],
            run =>
            {
                using var seed = SeedScope.Begin(run.Seed);
                using var data = ImageData.SyntheticDigits();
                using var vae = new Vae(
                    new MlpEncoder(784, latentSize: 10, hidden: [128]), new MlpDecoder(10, [128], ObservationModel.Bernoulli(784)),
                    new StandardNormalPrior(10));
                var objective = new Elbo(new() { Beta = BetaWeight.OnKl(run.Setting) });
                Trainer.Fit(vae, objective, data, options: new() { Epochs = 5, Seed = run.Seed }, cancellationToken: run.Cancellation);
                var nll = Evaluate.NegativeLogLikelihood(vae, data.Test!, new() { Samples = 50 });
                return new Dictionary<string, double> { ["nll"] = nll.Mean };
            });
        var results = study.Run(new() { Processes = 2, ThreadsEach = 1 }, new Progress<StudyProgress>(Console.WriteLine));
        Console.WriteLine(results);
        Console.WriteLine(results.Difference("one", "four", "nll"));
        #endregion
    }
}
