using TorchSharp;

namespace VaeToolkit.Mega.Moments;

/// <summary>Diagonal Var[x|z]: a row for every draw, or one row <c>[1, D]</c> that all draws share.</summary>
internal sealed class IndependentMoments(torch.Tensor means, torch.Tensor variances) : ConditionalMoments(means)
{
    internal torch.Tensor Variances => variances;

    private double DrawsPerRow => (double)Means.shape[0] / variances.shape[0];

    internal override torch.Tensor CovarianceSum() => (variances.sum(dim: 0) * DrawsPerRow).diag();

    // ‖diag v + μᵀμ‖² = |v|² + 2 v·μ² + (μ·μ)²
    internal override double SquaredNorms()
    {
        var squares = Means.square();
        var cross = variances.shape[0] == 1 ? variances * squares.sum(dim: 0) : variances * squares;
        return (variances.square().sum() * DrawsPerRow + cross.sum() * 2 + squares.sum(dim: 1).square().sum()).ToDouble();
    }
}
