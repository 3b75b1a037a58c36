using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Reports;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>Pictures of digits of which few have labels.</summary>
internal sealed class DigitTask(ImageData train, ImageData test, TaskSetting setting, int readerEpochs, string output) : IDisposable
{
    private const string Name = "digits";
    private const string Grid = "controlled.png";
    private const string Styles = "styles.png";
    private static readonly LabelSpace s_labels = new(10);

    private readonly ComparisonSettings _training = setting.Training;

    // Where workers do the runs, this process needs none.
    private readonly Lazy<FeatureClassifier> _reader = new(
        () => FeatureClassifier.Train(train, new() { Epochs = readerEpochs, Seed = 1 }));

    public void Run(SeedStudy study)
    {
        var results = study.Run(Name, setting, run => RunOne(run.Seed, run.Folder));
        if (!results.Succeeded().Any())
            return;
        SampleResult.Print("reader_accuracy", results.Values(Name, "reader_accuracy").Values.First(), "%");
        if (_training.Warped)
            results.Print(Name, "plain_accuracy", "%");
        SeedStudy.PrintComparison(results, Name);
        results.Print(Name, "controlled_accuracy", "%");
        var first = results.Records.First(record => record.Succeeded);
        var folder = Path.Combine(output, Name, $"seed-{first.Seed}");
        Console.WriteLine(
            $"in {folder}: {Grid}, rows share z, columns the digit; {Styles}, a test picture, then its style with every digit");
        SamplePage.Write(
            output, "Digits of which few have labels", ReportSections.ConfusionMatrix(ConfusionOf(first.Figures)),
            SamplePage.Picture("Digits on request", "Rows share z, columns the digit that was asked for", Path.Combine(folder, Grid)),
            SamplePage.Picture("Styles", "A test picture, then its style with every digit", Path.Combine(folder, Styles)));
    }

    public void Dispose()
    {
        if (_reader.IsValueCreated)
            _reader.Value.Dispose();
    }

    private Dictionary<string, double> RunOne(long seed, string folder)
    {
        using var few = SemiSupervisedData.HideLabels(train, setting.PerClass, s_labels, seed);
        double? plain = _training.Warped ? 100 * Plain(few, seed) : null;
        // The labelled pictures are among the others once more, without their labels.
        using var data = new SemiSupervisedData(_training.Warped ? new WarpedPictures(few.Labelled!) : few.Labelled, train, s_labels);
        using var comparison = Comparison.Run(Size(), _training, data, test, seed);
        var figures = comparison.Figures;
        figures["reader_accuracy"] = 100 * _reader.Value.Accuracy(test);
        figures["controlled_accuracy"] = 100 * Controlled(comparison.Model, _reader.Value, seed);
        if (plain is { } accuracy)
            figures["plain_accuracy"] = accuracy;
        Console.WriteLine(FormattableString.Invariant(
            $"seed {seed}: the requested digit is read on {figures["controlled_accuracy"]:F2} % of 2,000 pictures"));
        Console.WriteLine(
            $"seed {seed}, Bayes' rule on 500 pictures: {ClassificationReport.OfEvidence(comparison.Model, test.First(500))}");
        foreach (var (truth, row) in comparison.SemiSupervised.Confusion.Index())
        {
            foreach (var (answer, pictures) in row.Index())
                figures[Answered(truth, answer)] = pictures;
        }
        Draw(comparison.Model, folder);
        return figures;
    }

    private static string Answered(int truth, int answer) => $"{truth}_read_as_{answer}";

    private static long[,] ConfusionOf(IReadOnlyDictionary<string, double> figures)
    {
        var counts = new long[10, 10];
        for (var truth = 0; truth < 10; truth++)
        {
            for (var answer = 0; answer < 10; answer++)
                counts[truth, answer] = (long)figures[Answered(truth, answer)];
        }
        return counts;
    }

    private ModelSize Size() => new(
        train.ItemShape, s_labels, () => ObservationModel.Bernoulli(train.ItemShape),
        () => new ConvClassifier(train.ItemShape, 10, channels: 16), Hidden: [500], Latent: 2);

    // The same network on the same labelled pictures, as they are.
    private double Plain(SemiSupervisedData few, long seed)
    {
        using var random = SeedScope.Begin(seed);
        using var model = Size().Create();
        M2Training.FitClassifier(model, few, _training.Options(seed));
        return ClassificationReport.Of(model, test).Accuracy;
    }

    // A classifier that was trained apart, on all labels, reads what was asked for.
    private static double Controlled(M2Model model, FeatureClassifier reader, long seed)
    {
        using var scope = torch.NewDisposeScope();
        using var random = SeedScope.Begin(seed);
        var asked = torch.arange(2_000, dtype: torch.int64).remainder(10);
        var pictures = model.Generative.Sample(s_labels.Rows(asked)).gt(0.5).to(torch.float32);
        using var noGradient = torch.no_grad();
        return reader.forward(pictures).argmax(1).eq(asked).to(torch.float32).mean().ToDouble();
    }

    private void Draw(M2Model model, string folder)
    {
        using var scope = torch.NewDisposeScope();
        var digits = s_labels.Rows(torch.arange(10, dtype: torch.int64));
        ImageGrid.Save(Path.Combine(folder, Grid), model.Generative.SampleGrid(digits, codes: 10), columns: 10);
        foreach (var batch in test.InOrder(10))
        {
            var transfer = model.Generative.TransferStyle(batch.Items, s_labels.Rows(batch.Labels!), digits).reshape(10, 10, 1, 28, 28);
            ImageGrid.Save(
                Path.Combine(folder, Styles), torch.cat([batch.Items.unsqueeze(1), transfer], 1).reshape(110, 1, 28, 28), columns: 11);
            break;
        }
    }
}
