using VaeToolkit;
using VaeToolkit.Mega;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class MegaPage
{
    public static void Gaps(TorchSharp.torch.Tensor rows, TorchSharp.torch.Tensor test, Vae vae, DataSource train)
    {
        #region
        var data = DataMoments.Of(rows);                                       // [N, D], streamed
        var model = ProbabilisticPca.Fit(data, latentSize: 10);
        var gap = MomentGaps.Between(data, model);                             // closed form where there is one
        Console.WriteLine($"1MEGA {gap.FirstOrder}, 2MEGA-F {gap.SecondOrder}, covariance alone {gap.CovarianceOnly}");

        var held = MomentGaps.Between(DataMoments.Of(test), new VaeMoments(vae), new() { Draws = 10_000, Seed = 1 });
        Console.WriteLine($"{held.SecondOrder} ± {held.Sampling!.StandardError}");

        using var objective = new MegaRegularised(new Elbo(), data, new() { Alpha = 5 });
        Trainer.Fit(vae, objective, train);
        #endregion
    }

    public static void Exact(TorchSharp.torch.Tensor rows, TorchSharp.torch.Tensor test)
    {
        #region
        var factors = FactorAnalysis.Fit(rows, latentSize: 3);                 // a fit prints its likelihood, AIC, BIC and its model
        var mixture = GaussianMixture.Fit(rows, components: 4);
        Console.WriteLine($"{factors}, {factors.Model.LogLikelihood(test):F1} nats on other rows");
        Console.WriteLine($"{mixture}, {mixture.Model.LogLikelihood(test):F1} nats on other rows");
        #endregion
    }
}
