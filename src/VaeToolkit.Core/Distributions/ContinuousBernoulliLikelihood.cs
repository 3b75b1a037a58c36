using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Independent continuous Bernoulli values on [0, 1], given by their logits l: log p(x|z) = Σ x l − log(1 + eˡ) + log C(l), where
/// C = l / tanh(l / 2) makes the density integrate to one (Loaiza-Ganem &amp; Cunningham 2019, eq. 8). It is the right likelihood for grey
/// values where <see cref="BernoulliLikelihood"/> is customary.
/// </summary>
/// <param name="logits">The logits, <c>[N, *item]</c> or <c>[K, N, *item]</c>.</param>
/// <param name="itemRank">Number of axes of an item.</param>
/// <exception cref="ArgumentException">The rank does not fit.</exception>
public sealed class ContinuousBernoulliLikelihood(torch.Tensor logits, int itemRank = 1) : FactorisedLikelihood(logits, itemRank)
{
    // Below, differences of large numbers are replaced by series, whose first neglected terms are under 1e-13 there.
    internal const double SeriesBelow = 0.25;

    // Where x − ½ keeps more digits than the distance to the likelier end.
    private const double BalancedBelow = 4;

    /// <summary>The mean near 0 is ½ + l times this series in l².</summary>
    internal static readonly double[] MeanSeries = [1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160];

    /// <summary>The logits l, in the shape of <see cref="Mean"/>.</summary>
    public torch.Tensor Logits { get; } = logits;

    /// <summary>½ + ½ coth(l / 2) − 1 / l; it is ½ for l = 0, and not σ(l).</summary>
    public override torch.Tensor Mean => NearZero(
        l => 0.5 + 0.5 / (l * 0.5).tanh() - 1 / l,
        (l, square) => 0.5 + l * Series(square, MeanSeries));

    /// <summary>1 / l² − 1 / (4 sinh²(l / 2)); it is 1/12 for l = 0.</summary>
    public override torch.Tensor Variance => NearZero(
        l =>
        {
            // 1 / (4 sinh²(l / 2)) = e^(−|l|) / (1 − e^(−|l|))², which does not overflow.
            var fall = (-l.abs()).exp();
            return 1 / l.square() - fall / (1 - fall).square();
        },
        (_, square) => Series(square, 1.0 / 12, -1.0 / 240, 1.0 / 6048, -1.0 / 172800, 1.0 / 5322240));

    /// <inheritdoc/>
    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        var uniform = NoiseSource.UniformLike(Logits);
        // The inverse of the distribution function for −|l|, where nothing overflows; the other sign is its mirror image.
        var size = Logits.abs();
        var safe = size.clamp_min(SmallestSize);
        var falling = (uniform * (-safe).expm1()).log1p() / -safe;
        var draw = torch.where(size.lt(SmallestSize), uniform, falling).clamp_(0, 1);
        return torch.where(Logits.gt(0), 1 - draw, draw);
    }

    /// <inheritdoc/>
    protected override torch.Tensor FlatLogProb(torch.Tensor x)
    {
        var logits = Flatten(Logits);
        // x l − log(1 + eˡ) + log C is l (x − c) − log((eˡ − 1) / l) + c l for any c. Near l = 0 c = ½ leaves no terms of size
        // log 2 whose difference is of size l; far from there the likelier end leaves none of size l.
        var isBalanced = logits.abs().lt(BalancedBelow);
        var centre = logits.gt(0).to(logits.dtype).masked_fill(isBalanced, 0.5);
        var normalisers = LogNormaliser(logits.to(ItemSum.WideType(logits)), isBalanced);
        return (ItemSum.InDouble((x - centre) * logits) - ItemSum.InDouble(normalisers)).to(logits.dtype);
    }

    /// <inheritdoc/>
    protected override string? ExplainFiniteOutsideSupport(torch.Tensor x)
    {
        var (least, most) = (x.min().ToDouble(), x.max().ToDouble());
        return least >= 0 && most <= 1 ? null
            : FormattableString.Invariant($"continuous Bernoulli values must be in [0, 1], these are in [{least}, {most}]");
    }

    // Up to here the distribution is uniform to within rounding.
    private const double SmallestSize = 1e-6;

    // log(sinh(l / 2) / (l / 2)) where it is balanced, elsewhere less |l| / 2.
    private static torch.Tensor LogNormaliser(torch.Tensor logits, torch.Tensor isBalanced) => NearZero(
        logits,
        l =>
        {
            var size = l.abs();
            return (-(-size).expm1() / size).log() + (size * 0.5).masked_fill(isBalanced.logical_not(), 0);
        },
        (_, square) => square * Series(square, 1.0 / 24, -1.0 / 2880, 1.0 / 181440, -1.0 / 9676800, 1.0 / 479001600));

    // In float64: near where the series end, the direct form is a small difference of large numbers.
    private torch.Tensor NearZero(Func<torch.Tensor, torch.Tensor> direct, Func<torch.Tensor, torch.Tensor, torch.Tensor> series)
        => NearZero(Logits.to(ItemSum.WideType(Logits)), direct, series).to(Logits.dtype);

    // Each side gets only numbers that suit it: what `where` does not choose must not be infinite either, or its gradient becomes NaN.
    private static torch.Tensor NearZero(
        torch.Tensor logits, Func<torch.Tensor, torch.Tensor> direct, Func<torch.Tensor, torch.Tensor, torch.Tensor> series)
    {
        var isNear = logits.abs().lt(SeriesBelow);
        var near = logits.clamp(-SeriesBelow, SeriesBelow);
        return torch.where(isNear, series(near, near.square()), direct(logits.masked_fill(isNear, 1)));
    }

    private static torch.Tensor Series(torch.Tensor square, params ReadOnlySpan<double> coefficients)
    {
        var sum = square * coefficients[^1] + coefficients[^2];
        for (var i = coefficients.Length - 3; i >= 0; i--)
            sum = sum * square + coefficients[i];
        return sum;
    }
}
