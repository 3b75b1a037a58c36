using TorchSharp;

namespace VaeToolkit.Mega;

internal sealed class OneHotMoments(torch.Tensor probabilities, int classes) : ConditionalMoments(probabilities)
{
    // Within a block diag(p) − pᵀp, between blocks nothing.
    internal override torch.Tensor CovarianceSum()
        => Means.sum(dim: 0).diag() - Means.t().mm(Means) * SameBlock();

    // A block's own G is diag(p), so ‖G‖² is |μ|⁴ less the blocks' |p|⁴ plus their |p|².
    // Probabilities are never far from zero, so o is taken away afterwards: ‖G − oᵀo‖² = ‖G‖² − 2 oᵀGo + |o|⁴.
    internal override double SquaredNorms(torch.Tensor origin)
    {
        var draws = Means.shape[0];
        var blocks = Means.reshape(draws, -1, classes).square().sum(-1);
        var total = CovarianceSum() + Means.t().mm(Means);
        var column = origin.unsqueeze(1);
        return (blocks.sum(dim: 1).square().sum() - blocks.square().sum() + blocks.sum()
            - (column.t().mm(total).mm(column)).sum() * 2 + origin.square().sum().square() * (double)draws).ToDouble();
    }

    private torch.Tensor SameBlock()
    {
        var block = torch.arange(Means.shape[1], torch.int64, Means.device).div(classes, torch.RoundingMode.floor);
        return block.unsqueeze(0).eq(block.unsqueeze(1)).to(torch.float64);
    }
}
