using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using VaeToolkit.Boosting;
using VaeToolkit.Reports;

namespace VaeToolkit.Samples;

/// <summary>
/// A Bayesian LeNet-5 that learns pairs of digits one after the other, by four methods: accuracy on all pairs so far after each.
/// </summary>
internal static class LeNetStudy
{
    public static IReadOnlyDictionary<string, IncrementalMethod> Methods { get; } = new Dictionary<string, IncrementalMethod>
    {
        ["mixture"] = IncrementalMethod.Mixture,
        ["fine_tuning"] = IncrementalMethod.FineTuning,
        ["previous_posterior"] = IncrementalMethod.PreviousPosterior,
        ["joint"] = IncrementalMethod.Joint,
    };

    public static void Run(LeNetSettings settings)
    {
        var (images, data) = SampleImages.Find("mnist-first", settings.Options.Seed, Binarisation.None);
        using var owned = images;
        using var train = FirstOfEachClass(images, settings.ImagesPerClass);
        using var test = FirstOfEachClass(images.Test!, settings.TestImagesPerClass);
        var clock = Stopwatch.StartNew();
        Console.WriteLine(
            $"{data}, {train.Count} training and {test.Count} test images; accuracy on the test images of the pairs learned so far");
        Console.WriteLine("method             "
            + string.Concat(Enumerable.Range(0, settings.Pairs).Select(t => $"  +{2 * t}/{2 * t + 1}")) + "   by pair at the end");
        var outcomes = settings.Methods.ToDictionary(name => name, name => Learn(name, train, test, settings));
        Print(outcomes, settings, clock.Elapsed.TotalSeconds);
        SamplePage.Write(
            settings.Output, "Pairs of digits, one after the other",
            outcomes.Select(outcome => Table(outcome.Key, outcome.Value, settings.Pairs)));
    }

    private static List<IncrementalAccuracy> Learn(string name, ImageData train, ImageData test, LeNetSettings settings)
    {
        using var classifier = new IncrementalClassifier(ClassifierNetwork.LeNet5(), train, Methods[name], settings.Options);
        var accuracies = new List<IncrementalAccuracy>();
        Console.Write($"{name,-19}");
        for (var pair = 0; pair < settings.Pairs; pair++)
        {
            classifier.Learn([2 * pair, 2 * pair + 1]);
            accuracies.Add(classifier.Accuracy(test));
            Console.Write(string.Create(CultureInfo.InvariantCulture, $"{accuracies[^1].Overall,6:F3}"));
        }
        Console.WriteLine(
            "   " + string.Join(' ', accuracies[^1].ByTask.Select(accuracy => accuracy.ToString("F3", CultureInfo.InvariantCulture))));
        return accuracies;
    }

    // For every method a table: rows are the pairs learned, columns the pair tested.
    private static ReportSection Table(string method, List<IncrementalAccuracy> accuracies, int pairs)
    {
        var values = new double[accuracies.Count, pairs];
        for (var learned = 0; learned < accuracies.Count; learned++)
        {
            for (var pair = 0; pair < pairs; pair++)
                values[learned, pair] = pair < accuracies[learned].ByTask.Count ? accuracies[learned].ByTask[pair] : double.NaN;
        }
        var section = ReportSections.TaskMatrix("accuracy", values, [.. Enumerable.Range(0, pairs).Select(t => $"{2 * t}/{2 * t + 1}")]);
        return section with { Title = method.Replace('_', ' ') };
    }

    private static void Print(Dictionary<string, List<IncrementalAccuracy>> outcomes, LeNetSettings settings, double seconds)
    {
        var options = settings.Options;
        SampleArguments.PrintSettings(
            ("pairs", settings.Pairs), ("images a class", All(settings.ImagesPerClass)),
            ("test images a class", All(settings.TestImagesPerClass)), ("passes", options.Passes),
            ("samples", options.PredictionSamples), ("batch", options.BatchSize), ("learning rate", options.LearningRate),
            ("prior deviation", options.PriorDeviation), ("initial log-variance", options.InitialLogVariance), ("seed", options.Seed));
        foreach (var (name, accuracies) in outcomes)
        {
            for (var t = 0; t < accuracies.Count; t++)
                SampleResult.Print($"lenet_{name}_accuracy_{t + 1}", accuracies[t].Overall, "", "F4");
        }
        if (outcomes.TryGetValue("mixture", out var mixture) && outcomes.TryGetValue("fine_tuning", out var fineTuning))
            SampleResult.Print("lenet_mixture_over_fine_tuning", mixture[^1].Overall / fineTuning[^1].Overall, "");
        SampleResult.Print("time", seconds, "s", "F1");
    }

    private static object All(int number) => number == 0 ? "all" : number;

    private static ImageData FirstOfEachClass(ImageData images, int most)
        => images.Select([.. images.ReadLabels()!.Select((label, row) => (label, row)).GroupBy(item => item.label)
            .SelectMany(items => most == 0 ? items : items.Take(most)).Select(item => (long)item.row).Order()]);
}
