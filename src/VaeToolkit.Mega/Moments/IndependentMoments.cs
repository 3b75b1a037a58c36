using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>Diagonal Var[x|z]: a row for every draw, or one row <c>[1, D]</c> that all draws share.</summary>
internal sealed class IndependentMoments(torch.Tensor means, torch.Tensor variances) : ConditionalMoments(means)
{
    internal torch.Tensor Variances => variances;

    internal override torch.Tensor CovarianceSum() => (variances.sum(dim: 0) * ((double)Means.shape[0] / variances.shape[0])).diag();

    internal override double SquaredNorms(torch.Tensor origin) => SquaredNorms(Means - origin, variances, origin).ToDouble();

    /// <summary>Σ ‖diag v + mᵀm + oᵀm + mᵀo‖², a number, from m, the means less the origin o.</summary>
    internal static torch.Tensor SquaredNorms(torch.Tensor centred, torch.Tensor variances, torch.Tensor origin)
    {
        // |v|² + 2 v·m (m + 2 o) + |m|⁴ + 4 (o·m) |m|² + 2 (|o|² |m|² + (o·m)²). Of draws by the ten thousand each table is
        // large: none waits for the end of the scope.
        using var weighted = variances * centred;
        using var products = weighted * centred;
        using var squares = centred.square();
        using var varianceSquares = variances.square();
        var (lengths, along) = (squares.sum(dim: 1), centred.mv(origin));
        var cross = (products.sum() + weighted.sum(dim: 0).dot(origin) * 2) * 2;
        return varianceSquares.sum() * ((double)centred.shape[0] / variances.shape[0]) + cross
            + (lengths.square() + along * lengths * 4 + along.square() * 2).sum() + origin.square().sum() * lengths.sum() * 2;
    }
}
