using TorchSharp;
using static TorchSharp.torch.nn.functional;

namespace VaeToolkit.WeightPriors;

internal sealed class CrossEntropyLoss(bool summed) : SegmentationLoss
{
    public override string ToString() => summed ? "summed cross-entropy" : "cross-entropy";

    public override bool IsDivisible => true;

    protected override torch.Tensor ComputeChecked(torch.Tensor logits, torch.Tensor labels)
    {
        var losses = OfVoxels(logits, labels);
        return summed ? WholeBatch.Sum(ItemSum.Of(losses.flatten())) : MeanOf(losses);
    }

    /// <summary>−log p of each voxel's label, <c>[N, D, H, W]</c>.</summary>
    internal static torch.Tensor OfVoxels(torch.Tensor logits, torch.Tensor labels) => logits.shape[1] == 1
        ? binary_cross_entropy_with_logits(logits.squeeze(1), labels.to(logits.dtype), reduction: torch.nn.Reduction.None)
        : cross_entropy(logits, labels.to(torch.int64), reduction: torch.nn.Reduction.None);

    /// <summary>The mean over all voxels, rounded once.</summary>
    internal static torch.Tensor MeanOf(torch.Tensor losses)
        => (ItemSum.InDouble(losses.flatten()) / losses.NumberOfElements).to(losses.dtype);
}
