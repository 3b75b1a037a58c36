using TorchSharp;

namespace VaeToolkit.WeightPriors;

internal sealed class TverskyLoss(double falsePositives, double falseNegatives) : SegmentationLoss
{
    private const double Smoothing = 1;

    private readonly double _falsePositives = LossWeight.Required(falsePositives, nameof(falsePositives));
    private readonly double _falseNegatives = LossWeight.Required(falseNegatives, nameof(falseNegatives));

    public override string ToString()
        => FormattableString.Invariant($"Tversky(false positives {_falsePositives}, false negatives {_falseNegatives})");

    public override bool IsDivisible => true;

    protected override torch.Tensor ComputeChecked(torch.Tensor logits, torch.Tensor labels)
    {
        var (both, predicted, actual) = ClassProbabilities.Of(logits, labels, includeBackground: false)
            .Sums(perVolume: false, squared: false);
        (both, predicted, actual) = (WholeBatch.Sum(both), WholeBatch.Sum(predicted), WholeBatch.Sum(actual));
        var denominator = both + (predicted - both) * _falsePositives + (actual - both) * _falseNegatives + Smoothing;
        return (1 - ((both + Smoothing) / denominator).mean()).to(logits.dtype);
    }
}
