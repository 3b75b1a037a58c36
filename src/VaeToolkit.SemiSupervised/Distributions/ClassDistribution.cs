using System.Globalization;
using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// A distribution over Y classes given by logits l: log p(y|z) = Σ_c y_c log softmax(l)_c, where y is a one-hot row. Soft rows, which sum
/// to one, give the negative cross entropy.
/// </summary>
/// <param name="logits">The logits, <c>[N, Y]</c> or <c>[K, N, Y]</c>.</param>
/// <exception cref="ArgumentException">The rank does not fit.</exception>
public sealed class ClassDistribution(torch.Tensor logits) : FactorisedLikelihood(logits, itemRank: 1)
{
    private const double SumTolerance = 1e-4;

    /// <summary>The logits, in the shape of <see cref="Mean"/>.</summary>
    public torch.Tensor Logits { get; } = logits;

    /// <summary>The probabilities of the classes, <c>[N, Y]</c> or <c>[K, N, Y]</c>.</summary>
    public override torch.Tensor Mean => Logits.softmax(-1);

    /// <summary>p (1 − p) of every class.</summary>
    public override torch.Tensor Variance
    {
        get
        {
            // What is left to 1 of the largest share is the sum of the others, which has all its digits where that share rounds to 1.
            var shares = Mean;
            var largest = shares.argmax(-1, keepdim: true)
                .eq(torch.arange(shares.shape[^1], dtype: torch.int64, device: shares.device));
            var others = shares.masked_fill(largest, 0).sum(-1, keepdim: true);
            return shares * torch.where(largest, others, 1 - shares);
        }
    }

    /// <summary>One-hot rows of classes drawn from it, in the shape of <see cref="Mean"/>.</summary>
    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        var classes = Mean.reshape(-1, Logits.shape[^1]).multinomial(1, generator: NoiseSource.OfThisThread).reshape(-1);
        return OneHot.Rows(classes, Logits.shape[^1], Logits.dtype).reshape(Logits.shape);
    }

    /// <inheritdoc/>
    protected override torch.Tensor FlatLogProb(torch.Tensor x) => ItemSum.Of(x * Logits.log_softmax(-1));

    /// <inheritdoc/>
    protected override string? ExplainFiniteOutsideSupport(torch.Tensor x)
    {
        var sums = x.reshape(-1, Logits.shape[^1]).sum(-1);
        return x.min().ToDouble() >= 0 && (sums - 1).abs().max().ToDouble() <= SumTolerance
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"classes must be one-hot rows, or numbers of at least 0 that sum to "
                + $"1; these sum to {sums.min().ToDouble()} to {sums.max().ToDouble()}");
    }
}
