using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>One classifier: trained on the labelled items alone, and then in an M2 model with the unlabelled ones.</summary>
internal sealed class Comparison : IDisposable
{
    // Chosen for seed 1 on a fifth of the writers' training pictures that were held out.
    private const double EvidenceWeight = 0.3;
    private const int EvidenceSamples = 5;

    private Comparison(M2Model model) => Model = model;

    /// <summary>The model after its last stage.</summary>
    public M2Model Model { get; }

    /// <summary>The classifier after the first stage, which is plain supervised training.</summary>
    public required ClassificationReport Supervised { get; init; }

    /// <summary>The model after the last: its classifier, or both its halves.</summary>
    public required ClassificationReport SemiSupervised { get; init; }

    /// <summary>The accuracies of both in percent, and what lies between them.</summary>
    public Dictionary<string, double> Figures => new()
    {
        ["supervised_accuracy"] = 100 * Supervised.Accuracy,
        ["m2_accuracy"] = 100 * SemiSupervised.Accuracy,
        ["gain"] = 100 * SemiSupervised.Accuracy - 100 * Supervised.Accuracy,
    };

    public static Comparison Run(ModelSize size, ComparisonSettings settings, SemiSupervisedData data, DataSource test, long seed)
    {
        using var random = SeedScope.Begin(seed);
        var (model, options) = (size.Create(), settings.Options(seed));
        var supervised = Supervise(model, options, data, test, seed);
        M2Training.FitGenerative(model, data, options, new ConsoleProgress());
        M2Training.FitJoint(model, data, options, [new AccuracyCurve(test)], new ConsoleProgress());
        var semi = ClassificationReport.Of(model, test);
        Console.WriteLine($"seed {seed}, M2: {semi}");
        return new(model) { Supervised = supervised, SemiSupervised = semi };
    }

    /// <summary>
    /// The same where unlabelled items are of no labelled class, and so nothing for the classifier to learn from: after them the
    /// autoencoder alone sees the labelled items, and M2 is read by both its halves.
    /// </summary>
    public static Comparison RunApart(ModelSize size, ComparisonSettings settings, SemiSupervisedData data, DataSource test, long seed)
    {
        using var random = SeedScope.Begin(seed);
        var (model, options) = (size.Create(), settings.Options(seed));
        var supervised = Supervise(model, options, data, test, seed);
        M2Training.FitGenerative(model, data, options, new ConsoleProgress());
        Trainer.Fit(
            model.Generative, new ConditionalElbo(size.Labels), data.Labelled!, options: options.Joint, progress: new ConsoleProgress());
        Console.WriteLine($"seed {seed}, Bayes' rule: {ClassificationReport.OfEvidence(model, test, EvidenceSamples)}");
        var both = ClassificationReport.OfBoth(model, test, EvidenceWeight, EvidenceSamples);
        Console.WriteLine($"seed {seed}, M2 by both halves: {both}");
        return new(model) { Supervised = supervised, SemiSupervised = both };
    }

    public void Dispose() => Model.Dispose();

    private static ClassificationReport Supervise(
        M2Model model, M2TrainingOptions options, SemiSupervisedData data, DataSource test, long seed)
    {
        foreach (var warning in data.Warnings)
            Console.WriteLine(warning);
        M2Training.FitClassifier(model, data, options);
        var report = ClassificationReport.Of(model, test);
        Console.WriteLine($"seed {seed}, labels alone: {report}");
        return report;
    }
}
