using System.Globalization;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>Prints the accuracy on test items after every epoch.</summary>
internal sealed class AccuracyCurve(DataSource test) : ITrainingCallback<M2Model>
{
    public void EpochEnded(M2Model model, EpochSummary summary)
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  epoch {summary.Epoch}: accuracy {100 * ClassificationReport.Of(model, test).Accuracy:F2} %, unlabelled bound "
            + $"{summary.Terms["unlabelled_bound"]:F2} nats, entropy {summary.Terms["label_entropy"]:F3} nats ({summary.Seconds:F1} s)"));
}
