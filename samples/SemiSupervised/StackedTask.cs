using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>M1 and M1+M2: a classifier, and an M2 model, on the codes of an autoencoder that was trained without labels.</summary>
internal sealed class StackedTask(ImageData train, ImageData test, TaskSetting setting) : IDisposable
{
    private static readonly LabelSpace s_labels = new(10);

    private Codes? _codes;

    public void Run(int vaeEpochs, SeedStudy study)
    {
        var results = study.Run("stacked", setting, run =>
        {
            // Once in every process that does a run.
            _codes ??= Encode(vaeEpochs, study.FirstSeed);
            return RunOne(_codes, run.Seed);
        });
        SeedStudy.PrintComparison(results, "stacked", "stacked_");
    }

    public void Dispose()
    {
        _codes?.Train.Dispose();
        _codes?.Test.Dispose();
        _codes?.Vae.Dispose();
    }

    private Codes Encode(int vaeEpochs, long seed)
    {
        // The same in every process.
        using var random = SeedScope.Begin(seed);
        var vae = new Vae(
            new MlpEncoder(784, latentSize: 50, hidden: [500, 500]),
            new MlpDecoder(latentSize: 50, hidden: [500, 500], ObservationModel.Bernoulli(train.ItemShape)),
            new StandardNormalPrior(50));
        Trainer.Fit(vae, new Elbo(), train, options: new() { Epochs = vaeEpochs, BatchSize = 100, Seed = seed },
            progress: new ConsoleProgress());
        var active = Evaluate.ActiveUnits(vae, train);
        Console.WriteLine(active);
        return new(vae, active, new(vae, train, LatentKind.Samples, active), new(vae, test, LatentKind.Means, active));
    }

    private Dictionary<string, double> RunOne(Codes codes, long seed)
    {
        var width = codes.Train.ItemShape[0];
        var size = new ModelSize(
            codes.Train.ItemShape, s_labels, () => ObservationModel.LearnedGaussian(width),
            () => new MlpClassifier(width, [300], 10, Activation.ReLU), Hidden: [300], Latent: 10);
        using var few = SemiSupervisedData.HideLabels(train, setting.PerClass, s_labels, seed);
        using var shown = new LatentData(codes.Vae, few.Labelled!, LatentKind.Samples, codes.Active);
        // The labelled pictures are among the others once more, without their labels.
        using var data = new SemiSupervisedData(shown, codes.Train, s_labels);
        using var comparison = Comparison.Run(size, setting.Training, data, codes.Test, seed);
        return comparison.Figures;
    }

    private sealed record Codes(Vae Vae, LatentActivity Active, LatentData Train, LatentData Test);
}
