using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// Normal components with full covariances, N(μ, LLᵀ), where L is lower triangular with a positive diagonal. For few dimensions.
/// </summary>
public sealed class FullComponents : NormalComponents
{
    /// <summary>Makes the components.</summary>
    /// <param name="means">μ, <c>[M, D]</c>.</param>
    /// <param name="factors">
    /// L, <c>[M, D, D]</c>; what lies above the diagonal must be 0, and nothing on it, where signs do not matter.
    /// </param>
    /// <exception cref="ArgumentException">The shapes disagree.</exception>
    public FullComponents(torch.Tensor means, torch.Tensor factors)
        : base(means)
    {
        ArgumentNullException.ThrowIfNull(factors);
        if (!factors.shape.SequenceEqual([Count, Size, Size]))
            throw new ArgumentException(
                $"factors have shape {Shape.Text(factors)}; they must be [{Count}, {Size}, {Size}]", nameof(factors));
        Factors = factors;
    }

    /// <summary>L, <c>[M, D, D]</c>.</summary>
    public torch.Tensor Factors { get; }

    private torch.Tensor Diagonals => Factors.diagonal(0, 1, 2);

    private torch.Tensor LogNormalisers => ItemSum.InDouble(Diagonals.abs().log()) + 0.5 * Size * LogTwoPi;

    /// <inheritdoc/>
    public override torch.Tensor Entropy()
        => (ItemSum.InDouble(Diagonals.abs().log()) + 0.5 * Size * (1 + LogTwoPi)).to(Factors.dtype);

    internal override torch.Tensor OwnLogDensities(torch.Tensor points)
        => (HalfSquares(points) - LogNormalisers.unsqueeze(-1)).to(points.dtype);

    internal override torch.Tensor[] Parts => [Means, Factors];

    private protected override NormalComponents Make(torch.Tensor[] parts) => new FullComponents(parts[0], parts[1]);

    private protected override torch.Tensor Scale(torch.Tensor noise) => noise.bmm(Factors.transpose(1, 2));

    // log N(z; μ, LLᵀ) = −½ ‖L⁻¹(z − μ)‖² − log det L − ½ D log 2π
    private protected override torch.Tensor Weighted(torch.Tensor points, torch.Tensor logWeights)
        => (HalfSquares(points.unsqueeze(0)).t() + (logWeights - LogNormalisers)).to(points.dtype);

    // −½ ‖L⁻¹(z − μ)‖², [M, S] in float64, of points [M, S, D], or [1, S, D] for all.
    private torch.Tensor HalfSquares(torch.Tensor points)
        => ItemSum.InDouble((points - Means.unsqueeze(1)).bmm(Inverse().transpose(1, 2)).square()) * -0.5;

    // With N strictly lower triangular, (I + N)⁻¹ = (I − N)(I + N²)(I + N⁴)..., and the product ends because Nᴰ = 0.
    private torch.Tensor Inverse()
    {
        var identity = torch.eye(Size, dtype: Factors.dtype, device: Factors.device);
        var power = Factors / Diagonals.unsqueeze(-1) - identity;
        var inverse = identity - power;
        for (var degree = 2L; degree < Size; degree *= 2)
        {
            power = power.bmm(power);
            inverse = inverse.bmm(identity + power);
        }
        return inverse / Diagonals.unsqueeze(1);
    }
}
