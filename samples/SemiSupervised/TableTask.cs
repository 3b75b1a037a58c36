using TorchSharp;
using VaeToolkit.Mega;
using VaeToolkit.Networks;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>8×8 digits from a table: rows 0 to 1296 train, the rest test, pixels over 16.</summary>
internal sealed class TableTask(ComparisonSettings settings) : IDisposable
{
    private const int TrainRows = 1297;
    private static readonly LabelSpace s_labels = new(10);

    // Two latent features: what they cannot say is left to the class.
    private static readonly ModelSize s_size = new(
        [64], s_labels, () => ObservationModel.Gaussian(0.05, 64), () => new MlpClassifier(64, [400], 10, Activation.ReLU), Hidden: [400],
        Latent: 2, Activation.Softplus);

    private readonly TensorData _rows = Read();

    public void Run(int perClass, int firstSeed, int seeds)
    {
        var places = Enumerable.Range(0, (int)_rows.Count).Select(i => (long)i).ToArray();
        using var train = _rows.Select(places[..TrainRows]);
        using var test = _rows.Select(places[TrainRows..]);
        var (logistic, gains, table) = (new List<double>(), new List<double>(), new ComparisonTable());
        for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            using var data = SemiSupervisedData.HideLabels(train, perClass, s_labels, seed);
            logistic.Add(100 * Logistic(data, test, seed));
            using var comparison = Comparison.Run(s_size, settings, data, test, seed);
            table.Add(comparison);
            gains.Add(100 * comparison.SemiSupervised.Accuracy - logistic[^1]);
        }
        SampleResult.Print($"table_{perClass}_logistic_accuracy", logistic, "%");
        table.Print($"table_{perClass}_");
        SampleResult.Print($"table_{perClass}_gain_over_logistic", gains, "points");
    }

    public void Dispose() => _rows.Dispose();

    // Weight decay is the L2 penalty that logistic regression commonly has.
    private static double Logistic(SemiSupervisedData data, DataSource test, long seed)
    {
        using var random = SeedScope.Begin(seed);
        using var linear = torch.nn.Linear(64, 10);
        var options = new TrainingOptions
        {
            Epochs = 300,
            BatchSize = (int)data.LabelledCount,
            Seed = seed,
            Optimizer = parameters => Optimizers.Adam(parameters, 0.05, weightDecay: 1.0 / data.LabelledCount),
        };
        Trainer.Fit(linear, new CrossEntropy(), data.Labelled!, options: options);
        return ClassificationReport.Of(linear, test).Accuracy;
    }

    private static TensorData Read()
    {
        var path = Path.Combine(DataFolder.Find("tabular"), "digits.csv");
        var table = TabularFile.Read(path);
        using var scope = torch.NewDisposeScope();
        return new TensorData((table.ToTensor() / 16).to(torch.float32), torch.tensor(table.Labels!));
    }
}
