using VaeToolkit;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class SemiSupervisedPackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        using var seed = SeedScope.Begin(1);
        using var digits = ImageData.SyntheticDigits(count: 2_000, testCount: 500);
        var labels = new LabelSpace(10);
        using var data = SemiSupervisedData.HideLabels(digits, perClass: 20, labels, seed: 1);
        using var m2 = new M2Model(
            new ConditionalVae(
                new MlpConditionalEncoder(784, labels.RowSize, latentSize: 10, hidden: [100]),
                new MlpConditionalDecoder(10, labels.RowSize, hidden: [100], ObservationModel.Bernoulli(1, 28, 28)),
                new StandardNormalPrior(10)),
            new MlpClassifier(784, [100], labels.RowSize),
            labels);
        TrainingOptions first = new() { Epochs = 20 }, then = new() { Epochs = 2 };
        M2Training.Fit(m2, data, new() { Classifier = first, Generative = then, Joint = then });
        Console.WriteLine(ClassificationReport.Of(m2, digits.Test!));
        #endregion
    }
}
