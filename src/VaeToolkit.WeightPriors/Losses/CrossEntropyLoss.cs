using TorchSharp;
using static TorchSharp.torch.nn.functional;

namespace VaeToolkit.WeightPriors.Losses;

internal sealed class CrossEntropyLoss(torch.nn.Reduction reduction) : SegmentationLoss
{
    protected override torch.Tensor ComputeChecked(torch.Tensor logits, torch.Tensor labels) => Of(logits, labels, reduction);

    public override string ToString() => reduction == torch.nn.Reduction.Sum ? "summed cross-entropy" : "cross-entropy";

    internal static torch.Tensor Of(torch.Tensor logits, torch.Tensor labels, torch.nn.Reduction reduction) => logits.shape[1] == 1
        ? binary_cross_entropy_with_logits(logits.squeeze(1), labels.to(logits.dtype), reduction: reduction)
        : cross_entropy(logits, labels.to(torch.int64), reduction: reduction);
}
