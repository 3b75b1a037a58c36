using TorchSharp;
using VaeToolkit;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors;

namespace Documentation.Pages;

internal static class WeightPriorsPackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        var volumes = torch.randn([4L, 1, 16, 16, 16]);
        var labels = volumes.squeeze(1).gt(0.5f).to(torch.int64);
        using var data = new SegmentationData(volumes, labels);
        using var net = new UNet3d(UNet3dOptions.Small with { ForegroundRate = data.ForegroundRate });
        var run = SegmentationTraining.Run(net, new SegmentationObjective(), data, options: new() { Steps = 20, Seed = 1 });
        Console.WriteLine($"loss {run.Steps[0].Loss:F3} at first, {run.Steps[^1].Loss:F3} at last");
        #endregion
    }
}
