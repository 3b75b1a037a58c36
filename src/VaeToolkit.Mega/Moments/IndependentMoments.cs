using TorchSharp;

namespace VaeToolkit.Mega.Moments;

internal sealed class IndependentMoments(torch.Tensor means, torch.Tensor variances) : ConditionalMoments(means)
{
    internal torch.Tensor Variances => variances;

    internal override torch.Tensor CovarianceSum() => variances.sum(dim: 0).diag();

    // ‖diag v + μᵀμ‖² = |v|² + 2 v·μ² + (μ·μ)²
    internal override double SquaredNorms()
    {
        var squares = Means.square();
        return (variances.square().sum() + (variances * squares).sum() * 2 + squares.sum(dim: 1).square().sum()).ToDouble();
    }
}
