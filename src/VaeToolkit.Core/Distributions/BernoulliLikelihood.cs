using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Independent Bernoulli pixels given by their logits l: log p(x|z) = Σ x l − log(1 + eˡ). Pixels between 0 and 1 are accepted, as is
/// usual for grey images, but then the density does not integrate to one.
/// </summary>
/// <remarks>
/// Contiguous float32 tensors on the CPU go through one fused pass, whose gradient is exact but cannot be differentiated again; where
/// second derivatives are needed, use float64.
/// </remarks>
/// <param name="logits">The logits, <c>[N, *item]</c> or <c>[K, N, *item]</c>.</param>
/// <param name="itemRank">Number of axes of an item.</param>
/// <exception cref="ArgumentException">The rank does not fit.</exception>
public sealed class BernoulliLikelihood(torch.Tensor logits, int itemRank = 1) : FactorisedLikelihood(logits, itemRank)
{
    // From here on log(1 + eˡ) equals l in float64 as well; the default of 20 would cost accuracy there.
    private const double LinearFrom = 40;

    /// <summary>The logits l, in the shape of <see cref="Mean"/>.</summary>
    public torch.Tensor Logits { get; } = logits;

    /// <inheritdoc/>
    public override torch.Tensor Mean => Logits.sigmoid();

    // σ(−l) is 1 − σ(l) with all its digits, also where σ(l) rounds to 1.
    /// <inheritdoc/>
    public override torch.Tensor Variance => Mean * (-Logits).sigmoid();

    /// <inheritdoc/>
    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        return Mean.bernoulli(NoiseSource.OfThisThread);
    }

    /// <inheritdoc/>
    protected override torch.Tensor FlatLogProb(torch.Tensor x)
    {
        var logits = Flatten(Logits);
        return FastPaths.BernoulliLogProb(logits, x)?.to(logits.dtype) ?? LogProbByOperators(logits, x);
    }

    private protected override torch.Tensor FlatMeanLogProb(torch.Tensor x)
    {
        var logits = Flatten(Logits);
        return FastPaths.MeanBernoulliLogProb(logits, x)?.to(logits.dtype) ?? base.FlatMeanLogProb(x);
    }

    /// <summary>The same by tensor operators, for every type and device.</summary>
    internal static torch.Tensor LogProbByOperators(torch.Tensor logits, torch.Tensor x)
    {
        // The two parts are summed apart: their gradients are then one number an item, where a difference of two large tensors would need
        // another one of that size. And the large tensors are freed here, while their memory is still in the cache.
        using var products = x * logits;
        using var normalisers = logits.softplus(1, LinearFrom);
        // In float64 however few they are: the two are often large, and their difference is small.
        var wide = ItemSum.WideType(products);
        return (products.sum(-1, type: wide) - normalisers.sum(-1, type: wide)).to(products.dtype);
    }

    /// <inheritdoc/>
    protected override string? ExplainFiniteOutsideSupport(torch.Tensor x)
    {
        var (least, most) = (x.min().ToDouble(), x.max().ToDouble());
        return least >= 0 && most <= 1 ? null
            : FormattableString.Invariant($"Bernoulli pixels must be in [0, 1], these are in [{least}, {most}]");
    }
}
