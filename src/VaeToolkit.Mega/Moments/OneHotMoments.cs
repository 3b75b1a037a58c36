using TorchSharp;

namespace VaeToolkit.Mega.Moments;

internal sealed class OneHotMoments(torch.Tensor probabilities, int classes) : ConditionalMoments(probabilities)
{
    // Within a block diag(p) − pᵀp, between blocks nothing.
    internal override torch.Tensor CovarianceSum()
        => Means.sum(dim: 0).diag() - Means.t().mm(Means) * SameBlock();

    // A block's own G is diag(p), so ‖G‖² is |μ|⁴ less the blocks' |p|⁴ plus their |p|².
    internal override double SquaredNorms()
    {
        var blocks = Means.reshape(Means.shape[0], -1, classes).square().sum(-1);
        return (blocks.sum(dim: 1).square().sum() - blocks.square().sum() + blocks.sum()).ToDouble();
    }

    private torch.Tensor SameBlock()
    {
        var block = torch.arange(Means.shape[1], torch.int64, Means.device).div(classes, torch.RoundingMode.floor);
        return block.unsqueeze(0).eq(block.unsqueeze(1)).to(torch.float64);
    }
}
