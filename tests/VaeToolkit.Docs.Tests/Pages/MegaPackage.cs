using TorchSharp;
using VaeToolkit;
using VaeToolkit.Mega;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class MegaPackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        var rows = torch.randn(500, 2, torch.float64).mm(torch.randn(2, 6, torch.float64)) + torch.randn(500, 6, torch.float64) * 0.1;
        var data = DataMoments.Of(rows);
        var model = ProbabilisticPca.Fit(data, latentSize: 2);
        Console.WriteLine($"log-likelihood {model.LogLikelihood(rows):F1} nats");
        var gap = MomentGaps.Between(data, model);
        Console.WriteLine($"first moments {gap.FirstOrder:E1}, second moments {gap.SecondOrder:E1}");
        #endregion
    }
}
