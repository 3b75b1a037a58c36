using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Reports;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>Pictures of digits of which few have labels.</summary>
internal sealed class DigitTask(ImageData train, ImageData test, ComparisonSettings settings, int readerEpochs, string output)
{
    private static readonly LabelSpace s_labels = new(10);

    public void Run(int perClass, int firstSeed, int seeds)
    {
        IReadOnlyList<ReportSection> sections = [];
        var (table, controlled, plain) = (new ComparisonTable(), new List<double>(), new List<double>());
        using var reader = FeatureClassifier.Train(train, new() { Epochs = readerEpochs, Seed = 1 });
        for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            using var few = SemiSupervisedData.HideLabels(train, perClass, s_labels, seed);
            if (settings.Warped)
                plain.Add(100 * Plain(few, seed));
            // The labelled pictures are among the others once more, without their labels.
            using var data = new SemiSupervisedData(settings.Warped ? new WarpedPictures(few.Labelled!) : few.Labelled, train, s_labels);
            using var comparison = Comparison.Run(Size(), settings, data, test, seed);
            table.Add(comparison);
            controlled.Add(100 * Controlled(comparison.Model, reader, seed));
            Console.WriteLine(
                FormattableString.Invariant($"seed {seed}: the requested digit is read on {controlled[^1]:F2} % of 2,000 pictures"));
            Console.WriteLine(
                $"seed {seed}, Bayes' rule on 500 pictures: {ClassificationReport.OfEvidence(comparison.Model, test.First(500))}");
            if (seed == firstSeed)
                sections = [Confusion(comparison.Model), .. Draw(comparison.Model)];
        }
        SampleResult.Print("reader_accuracy", 100 * reader.Accuracy(test), "%");
        if (settings.Warped)
            SampleResult.Print("plain_accuracy", plain, "%");
        table.Print();
        SampleResult.Print("controlled_accuracy", controlled, "%");
        SamplePage.Write(output, "Digits of which few have labels", sections);
    }

    private ModelSize Size() => new(
        train.ItemShape, s_labels, () => ObservationModel.Bernoulli(train.ItemShape),
        () => new ConvClassifier(train.ItemShape, 10, channels: 16), Hidden: [500], Latent: 2);

    // The same network on the same labelled pictures, as they are.
    private double Plain(SemiSupervisedData few, long seed)
    {
        using var random = SeedScope.Begin(seed);
        using var model = Size().Create();
        M2Training.FitClassifier(model, few, settings.Options(seed));
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

    private ReportSection Confusion(M2Model model)
    {
        var counts = new long[10, 10];
        foreach (var (row, truth) in ClassificationReport.Of(model, test).Confusion.Select((row, truth) => (row, truth)))
        {
            for (var answer = 0; answer < 10; answer++)
                counts[truth, answer] = row[answer];
        }
        return ReportSections.ConfusionMatrix(counts);
    }

    private IEnumerable<ReportSection> Draw(M2Model model)
    {
        using var scope = torch.NewDisposeScope();
        Directory.CreateDirectory(output);
        var digits = s_labels.Rows(torch.arange(10, dtype: torch.int64));
        var grid = Path.Combine(output, "controlled.png");
        ImageGrid.Save(grid, model.Generative.SampleGrid(digits, codes: 10), columns: 10);
        var styles = Path.Combine(output, "styles.png");
        foreach (var batch in test.InOrder(10))
        {
            var transfer = model.Generative.TransferStyle(batch.Items, s_labels.Rows(batch.Labels!), digits).reshape(10, 10, 1, 28, 28);
            ImageGrid.Save(styles, torch.cat([batch.Items.unsqueeze(1), transfer], 1).reshape(110, 1, 28, 28), columns: 11);
            break;
        }
        Console.WriteLine($"{grid}: rows share z, columns the digit; {styles}: a test picture, then its style with every digit");
        return
        [
            SamplePage.Picture("Digits on request", "Rows share z, columns the digit that was asked for", grid),
            SamplePage.Picture("Styles", "A test picture, then its style with every digit", styles),
        ];
    }
}
