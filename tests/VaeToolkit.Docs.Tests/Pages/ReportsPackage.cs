using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class ReportsPackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        using var data = ImageData.SyntheticDigits(count: 2_000, testCount: 200);
        using var vae = new Vae(
            new MlpEncoder(784, latentSize: 8, hidden: [64]),
            new MlpDecoder(latentSize: 8, hidden: [64], ObservationModel.Bernoulli(1, 28, 28)),
            new StandardNormalPrior(8));
        var report = new ReportWriter("run", options: new() { Data = data.Test });
        Trainer.Fit(vae, new Elbo(), data, data.Test, new() { Epochs = 3, CheckpointDirectory = "run" }, [report]);
        Console.WriteLine(report.ReportFile);
        #endregion
    }
}
