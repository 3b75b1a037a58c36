using TorchSharp;
using VaeToolkit;
using VaeToolkit.Evaluation;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class SemiSupervisedPage
{
    public static void Fit(ImageData mnist, torch.Tensor images)
    {
        #region
        var labels = new LabelSpace(10);
        using var data = SemiSupervisedData.HideLabels(mnist, perClass: 10, labels, seed: 1);
        using var m2 = new M2Model(
            new ConditionalVae(
                new MlpConditionalEncoder(784, labels.RowSize, latentSize: 50, hidden: [500]),
                new MlpConditionalDecoder(50, labels.RowSize, hidden: [500], ObservationModel.Bernoulli(1, 28, 28)),
                new StandardNormalPrior(50)),
            new ConvClassifier([1, 28, 28], labels.RowSize),
            labels);
        // Or Trainer.Fit(m2, new M2Objective(data.LabelledCount, data.UnlabelledCount), data).
        M2Training.Fit(m2, data);
        using var probabilities = m2.Classify(images);                            // q(y|x), [N, Y]
        using var sevens = m2.Generative.Sample(labels.Rows(torch.full([8L], 7, torch.int64)), seed: 7);
        #endregion
    }

    public static void Conditional(ImageData mnist)
    {
        #region
        var labels = new LabelSpace(10);
        using var conditional = new ConditionalVae(
            new MlpConditionalEncoder(784, labels.RowSize, latentSize: 20, hidden: [300]),
            new MlpConditionalDecoder(20, labels.RowSize, hidden: [300], ObservationModel.Bernoulli(1, 28, 28)),
            new StandardNormalPrior(20));
        Trainer.Fit(conditional, new ConditionalElbo(labels), mnist, mnist.Test);
        using var threes = conditional.Sample(labels.Rows(torch.full([8L], 3, torch.int64)), seed: 1);
        #endregion
    }

    public static void Report(M2Model m2, LabelSpace labels, ImageData test, torch.Tensor images, torch.Tensor ownRows)
    {
        #region
        Console.WriteLine(ClassificationReport.Of(m2, test));                    // accuracy, calibration, log loss; .Confusion: the matrix
        using var careful = m2.ClassifyByEvidence(images, samples: 100);          // Bayes' rule on importance-weighted log p(x,y)
        using var both = m2.ClassifyByBoth(images, evidenceWeight: 0.3);          // q(y|x) p̂(x,y)^τ, normalised
        var digits = labels.Rows(torch.arange(10, dtype: torch.int64));
        using var grid = m2.Generative.SampleGrid(digits, codes: 8);              // rows share z, columns share y
        using var transfer = m2.Generative.TransferStyle(images, ownRows, digits); // z of an image, every y
        ImageGrid.Save("styles.png", transfer, columns: 10);
        #endregion
    }

    public static void Stages(M2Model m2, SemiSupervisedData data)
    {
        #region
        var (first, then) = (new TrainingOptions { Epochs = 300 }, new TrainingOptions { Epochs = 5 });
        var stages = new M2TrainingOptions { Classifier = first, Generative = then, Joint = then };
        M2Training.Fit(m2, data, stages, new ConsoleProgress());
        #endregion
    }

    public static void Stacked(Vae vae, MlpClassifier classifier, ImageData images, SemiSupervisedData few, LabelSpace labels)
    {
        #region
        var active = Evaluate.ActiveUnits(vae, images);
        using var shown = new LatentData(vae, few.Labelled!, LatentKind.Samples, active);
        Trainer.Fit(classifier, new CrossEntropy(), shown);                       // M1
        using var hidden = new LatentData(vae, images, LatentKind.Samples, active);
        using var codes = new SemiSupervisedData(shown, hidden, labels);          // M1+M2: M2 has a LearnedGaussian likelihood over codes
        #endregion
    }
}
