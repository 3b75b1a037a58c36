using TorchSharp;
using VaeToolkit.Mega;
using VaeToolkit.Networks;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>8×8 digits from a table: rows 0 to 1296 train, the rest test, pixels over 16.</summary>
internal sealed class TableTask(TaskSetting setting) : IDisposable
{
    private const int TrainRows = 1297;
    private static readonly LabelSpace s_labels = new(10);

    // Two latent features: what they cannot say is left to the class.
    private static readonly ModelSize s_size = new(
        [64], s_labels, () => ObservationModel.Gaussian(0.05, 64), () => new MlpClassifier(64, [400], 10, Activation.ReLU), Hidden: [400],
        Latent: 2, Activation.Softplus);

    private readonly TensorData _rows = Read();

    public void Run(SeedStudy study)
    {
        var places = Enumerable.Range(0, (int)_rows.Count).Select(i => (long)i).ToArray();
        using var train = _rows.Select(places[..TrainRows]);
        using var test = _rows.Select(places[TrainRows..]);
        var name = $"table_{setting.PerClass}";
        var results = study.Run(name, setting, run =>
        {
            using var data = SemiSupervisedData.HideLabels(train, setting.PerClass, s_labels, run.Seed);
            var logistic = 100 * Logistic(data, test, run.Seed);
            using var comparison = Comparison.Run(s_size, setting.Training, data, test, run.Seed);
            return new(comparison.Figures)
            {
                ["logistic_accuracy"] = logistic,
                ["gain_over_logistic"] = 100 * comparison.SemiSupervised.Accuracy - logistic,
            };
        });
        results.Print(name, "logistic_accuracy", "%", name: $"{name}_logistic_accuracy");
        SeedStudy.PrintComparison(results, name, $"{name}_");
        results.Print(name, "gain_over_logistic", "points", name: $"{name}_gain_over_logistic");
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
