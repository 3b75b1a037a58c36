using TorchSharp;
using VaeToolkit;
using VaeToolkit.Boosting;

namespace Documentation.Pages;

internal static class BoostingPackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        using var scope = torch.NewDisposeScope();
        using var result = Mpvi.Fit(ToyTarget.TwoModes, new() { Components = 2, Seed = 1 });
        foreach (var report in result.Reports)
            Console.WriteLine(report);
        Console.WriteLine($"log q(0) = {result.Mixture.LogDensity(torch.zeros(1, 2)).item<float>():F3} nats");
        #endregion
    }
}
