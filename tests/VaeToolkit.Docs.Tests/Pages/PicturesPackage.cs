using TorchSharp;
using VaeToolkit;
using VaeToolkit.Pictures;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class PicturesPackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        for (var i = 0; i < 20; i++)
            ImageGrid.Save($"pictures/{i}.png", torch.rand(1, 3, 16, 16), columns: 1, padding: 0);

        using var pictures = PictureData.Load("pictures", new() { Height = 16, Width = 16 });
        using var vae = new Vae(
            new ResidualEncoder([3, 16, 16], latentSize: 8), new ResidualDecoder(8, ObservationModel.DiscretisedLogistic(3, 16, 16)),
            new StandardNormalPrior(8));
        var result = Trainer.Fit(vae, new Elbo(), pictures, options: new() { Epochs = 2, BatchSize = 10 });
        Console.WriteLine($"{pictures}, {result.History.Count} epochs");
        #endregion
    }
}
