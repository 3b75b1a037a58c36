using TorchSharp;
using VaeToolkit.SemiSupervised;

namespace VaeToolkit.Samples;

/// <summary>
/// Beaulac's experiment on public data: 97 writers of MNIST, their digits, and the digits of all others without labels. Who wrote a digit,
/// and which digit it is, by a convolutional network alone and in an M2 model.
/// </summary>
internal sealed class WriterTask(ImageData images, WriterFile writers, TaskSetting setting) : IDisposable
{
    private readonly List<ImageData> _owned = [];

    // So many passes over the 9,919 pictures teach the network what there is to learn.
    private const int WriterEpochs = 60;

    /// <summary>
    /// Who wrote it: all training rows of the 97 writers are labelled. Other writers' pictures are of no labelled class: they teach the
    /// autoencoder what digits look like, and then the labelled ones teach it what each writer's do.
    /// </summary>
    public void RunWriters(SeedStudy study, int items, int passes)
    {
        var labels = new LabelSpace(97);
        var labelled = Relabelled(writers.Train, writers.Writers);
        var test = Relabelled(writers.Test, writers.Writers);
        // A digit that is warped by much is another writer's.
        var shown = new WarpedPictures(labelled, degrees: 3, stretch: 0.05, move: 1);
        var training = setting.Training with
        {
            ClassifierEpochs = Math.Min(setting.Training.ClassifierEpochs, WriterEpochs),
            ClassifierBatch = 50,
            ClassifierRateFalls = true,
            JointEpochs = passes,
        };
        var size = Size(labels, [500, 500], latent: 5, dropout: 0);
        Run(
            "writer", study, setting with { Training = training }, _ =>
                new SemiSupervisedData(shown, images.Select(writers.Others[..Math.Min(items, writers.Others.Length)]), labels),
            (data, seed) => Comparison.RunApart(size, training, data, test, seed));
    }

    /// <summary>Which digit: a few of the 97 writers' rows are labelled.</summary>
    public void RunDigits(SeedStudy study, int items)
    {
        var labels = new LabelSpace(10);
        var train = images.Select(writers.Train);
        var unlabelled = images.Select(writers.Others[..Math.Min(items, writers.Others.Length)]);
        var (test, size) = (images.Select(writers.Test), Size(labels, [500], latent: 2, dropout: 0.3));
        Run(
            $"digit_{setting.PerClass}", study, setting,
            seed => new SemiSupervisedData(
                SemiSupervisedData.HideLabels(train, setting.PerClass, labels, seed).Labelled, unlabelled, labels),
            (data, seed) => Comparison.Run(size, setting.Training, data, test, seed));
    }

    public void Dispose() => _owned.ForEach(data => data.Dispose());

    private static void Run(
        string name, SeedStudy study, TaskSetting setting, Func<long, SemiSupervisedData> make,
        Func<SemiSupervisedData, long, Comparison> compare)
    {
        var results = study.Run(name, setting, run =>
        {
            using var data = make(run.Seed);
            using var comparison = compare(data, run.Seed);
            return comparison.Figures;
        });
        SeedStudy.PrintComparison(results, name, $"{name}_");
    }

    private ModelSize Size(LabelSpace labels, long[] hidden, long latent, double dropout) => new(
        images.ItemShape, labels, () => ObservationModel.Bernoulli(images.ItemShape),
        () => new ConvClassifier(images.ItemShape, labels.RowSize, channels: 16, dropout), hidden, latent);

    private ImageData Relabelled(long[] rows, long[] labels)
    {
        using var scope = torch.NewDisposeScope();
        var pixels = torch.cat([.. images.Select(rows).InOrder(5_000).Select(batch => (batch.Items * 255).to(torch.uint8))]);
        var data = ImageData.FromTensor(pixels, torch.tensor(Array.ConvertAll(rows, row => labels[row])), images.Binarisation);
        _owned.Add(data);
        return data;
    }
}
