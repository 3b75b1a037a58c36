using TorchSharp;

namespace VaeToolkit.WeightPriors;

internal sealed class FocalLoss(double gamma) : SegmentationLoss
{
    private readonly double _gamma = LossWeight.Required(gamma, nameof(gamma));

    public override string ToString() => FormattableString.Invariant($"focal(gamma {_gamma})");

    public override bool IsDivisible => true;

    protected override torch.Tensor ComputeChecked(torch.Tensor logits, torch.Tensor labels)
    {
        var surprise = CrossEntropyLoss.OfVoxels(logits, labels);
        // 1 − p = −expm1(−surprise): exact where p is nearly 1. Kept above 0, where its power has no finite slope when γ < 1.
        return CrossEntropyLoss.MeanOf((-(-surprise).expm1()).clamp_min(1e-12).pow(_gamma) * surprise);
    }
}
