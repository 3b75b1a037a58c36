using VaeToolkit;
using VaeToolkit.Pictures;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class PicturesPage
{
    public static void Three()
    {
        #region
        using var pictures = PictureData.Load("pictures", new() { Height = 32, Width = 32 });
        using var vae = new Vae(
            new ResidualEncoder([3, 32, 32], latentSize: 64), new ResidualDecoder(64, ObservationModel.DiscretisedLogistic(3, 32, 32)),
            new StandardNormalPrior(64));
        Trainer.Fit(vae, new Elbo(), pictures, options: new() { Epochs = 20, BatchSize = 50 }, progress: new ConsoleProgress());
        #endregion
    }

    public static void WithTheClassesOfTraining()
    {
        #region
        using var train = PictureData.Load("train");
        using var test = PictureData.Load("test", new() { Classes = train.Classes });
        #endregion
    }

    public static void FromDisk()
    {
        #region
        using var pictures = PictureData.Stream("pictures", new() { Height = 64, Width = 64, Damaged = DamagedFiles.Skip });
        var (train, validation) = pictures.Split(first: 100, seed: 1);
        using var augmented = new AugmentedData(train, new() { Mirror = true, Shift = 4 });
        #endregion
        Trainer.Fit(Model(), new Elbo(), augmented, validation);
    }

    private static Vae Model() => throw new NotSupportedException();
}
