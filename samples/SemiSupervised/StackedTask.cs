using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>M1 and M1+M2: a classifier, and an M2 model, on the codes of an autoencoder that was trained without labels.</summary>
internal sealed class StackedTask(ImageData train, ImageData test, ComparisonSettings settings) : IDisposable
{
    private static readonly LabelSpace s_labels = new(10);

    private readonly Vae _vae = new(
        new MlpEncoder(784, latentSize: 50, hidden: [500, 500]),
        new MlpDecoder(latentSize: 50, hidden: [500, 500], ObservationModel.Bernoulli(train.ItemShape)),
        new StandardNormalPrior(50));

    public void Run(int perClass, int vaeEpochs, int firstSeed, int seeds)
    {
        Trainer.Fit(_vae, new Elbo(), train, options: new() { Epochs = vaeEpochs, BatchSize = 100, Seed = firstSeed },
            progress: new ConsoleProgress());
        var active = Evaluate.ActiveUnits(_vae, train);
        Console.WriteLine(active);
        using var codes = new LatentData(_vae, train, LatentKind.Samples, active);
        using var testCodes = new LatentData(_vae, test, LatentKind.Means, active);
        var width = codes.ItemShape[0];
        var size = new ModelSize(
            codes.ItemShape, s_labels, () => ObservationModel.LearnedGaussian(width),
            () => new MlpClassifier(width, [300], 10, Activation.ReLU), Hidden: [300], Latent: 10);
        var table = new ComparisonTable();
        for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            using var few = SemiSupervisedData.HideLabels(train, perClass, s_labels, seed);
            using var shown = new LatentData(_vae, few.Labelled!, LatentKind.Samples, active);
            // The labelled pictures are among the others once more, without their labels.
            using var data = new SemiSupervisedData(shown, codes, s_labels);
            using var comparison = Comparison.Run(size, settings, data, testCodes, seed);
            table.Add(comparison);
        }
        table.Print("stacked_");
    }

    public void Dispose() => _vae.Dispose();
}
