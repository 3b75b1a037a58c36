using TorchSharp;

namespace VaeToolkit.WeightPriors;

internal sealed class DiceLoss(DiceOptions options) : SegmentationLoss
{
    public override string ToString() => FormattableString.Invariant($"Dice(smoothing {options.Smoothing}")
        + (options.PerVolume ? ", per volume" : "")
        + (options.SquaredDenominator ? ", squared" : "") + (options.IncludeBackground ? ", with background" : "")
        + (options.Generalised ? ", generalised)" : ")");

    public override bool IsDivisible => true;

    protected override torch.Tensor ComputeChecked(torch.Tensor logits, torch.Tensor labels)
    {
        var (both, predicted, actual) = ClassProbabilities.Of(logits, labels, options.IncludeBackground)
            .Sums(options.PerVolume, options.SquaredDenominator);
        if (!options.PerVolume)
            (both, predicted, actual) = (WholeBatch.Sum(both), WholeBatch.Sum(predicted), WholeBatch.Sum(actual));
        if (options.Generalised)
        {
            // A class that is absent would have an infinite weight; it counts as if one voxel were there.
            var weight = actual.clamp_min(1).square().reciprocal();
            (both, predicted, actual) = ((both * weight).sum(-1), (predicted * weight).sum(-1), (actual * weight).sum(-1));
        }
        return (1 - ((both * 2 + options.Smoothing) / (predicted + actual + options.Smoothing)).mean()).to(logits.dtype);
    }
}
