using TorchSharp;
using VaeToolkit.Reports;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>The model to serve: one from a folder, or a small one that is trained here.</summary>
internal static class ModelSource
{
    /// <param name="folder">The model's folder; empty to train one.</param>
    /// <param name="images">What <see cref="SampleImages.Find"/> takes, or digits.</param>
    /// <param name="seed">Seed of training and of drawn digits.</param>
    /// <param name="quick">Whether a second or two have to do.</param>
    /// <param name="output">Where the training's run and its page go.</param>
    public static ServedModel Open(string folder, string images, int seed, bool quick, string output)
    {
        using var random = SeedScope.Begin(seed);
        using var data = Images(quick && images == "digits" ? "synthetic" : images, seed);
        // A held-out thousand is enough for the threshold's interval and takes a second.
        var normal = data.Test!.First(Math.Min(data.Test.Count, quick ? 200 : 1_000));
        return new(folder.Length > 0 ? Vae.Load(folder) : Train(data, seed, quick, output), normal);
    }

    private static ImageData Images(string choice, int seed)
    {
        if (choice != "digits")
            return SampleImages.Find(choice, seed).Images;
        try
        {
            return ImageData.Mnist();
        }
        catch (FileNotFoundException)
        {
            return SampleImages.Find("synthetic", seed).Images;
        }
    }

    private static Vae Train(ImageData images, int seed, bool quick, string output)
    {
        var train = images.First(Math.Min(images.Count, quick ? 2_000 : 20_000));
        var vae = new Vae(
            new MlpEncoder(784, latentSize: 12, hidden: [256]),
            new MlpDecoder(latentSize: 12, hidden: [256], ObservationModel.Bernoulli(1, 28, 28)),
            new StandardNormalPrior(12));
        var options = new TrainingOptions
        {
            Epochs = quick ? 3 : 10,
            BatchSize = 100,
            Seed = seed,
            LearningRate = 1e-3,
            CheckpointDirectory = output,
            Report = true,
        };
        Console.WriteLine($"training on {train.Count} images, {options.Epochs} epochs, with {torch.get_num_threads()} threads");
        using var validation = images.Test!.First(Math.Min(images.Test.Count, 500));
        Trainer.Fit(vae, new Elbo(), train, validation, options);
        Console.WriteLine($"report: {Path.GetFullPath(Path.Combine(output, Report.FileName))}");
        return vae;
    }
}
