using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Independent grey values k / 255, each the logistic distribution of location μ and scale s cut into 256 bins of width 1 / 255 around the
/// values; the first and the last bin take the tails (Kingma et al. 2016; Salimans et al. 2017): with h = 1 / 510 and a, b = (x ±
/// h − μ) / s, p(x) = σ(a) − σ(b), σ(a) for x = 0, and 1 − σ(b) for x = 1.
/// </summary>
/// <param name="location">μ, on the scale of the data, <c>[N, *item]</c> or <c>[K, N, *item]</c>.</param>
/// <param name="logScale">log s, in the shape of <paramref name="location"/>.</param>
/// <param name="itemRank">Number of axes of an item.</param>
/// <exception cref="ArgumentException">The rank does not fit, or the shapes disagree.</exception>
public sealed class DiscretisedLogisticLikelihood(torch.Tensor location, torch.Tensor logScale, int itemRank = 1)
    : FactorisedLikelihood(location, itemRank)
{
    /// <summary>μ before the cut into bins, in the shape of <see cref="Mean"/>.</summary>
    public torch.Tensor Location { get; } = location;

    /// <summary>log s, in the shape of <see cref="Mean"/>.</summary>
    public torch.Tensor LogScale { get; } = RequireShape(logScale, location);

    /// <summary>
    /// The exact mean of the 256 values, which the tails pull inwards. It takes 255 passes over the item: not for every training step.
    /// </summary>
    public override torch.Tensor Mean => (Tails(Location.dtype, (tail, _) => tail) / GreyLevels.Highest).to(Location.dtype);

    /// <summary>The exact variance of the 256 values; it takes as long as <see cref="Mean"/>.</summary>
    public override torch.Tensor Variance
    {
        get
        {
            // Around the middle, where the squares are smallest, and in float64, of which enough is left after their difference.
            const double Middle = GreyLevels.Highest / 2.0;
            var type = ItemSum.WideType(Location);
            var first = Tails(type, (tail, _) => tail) - Middle;
            var second = Tails(type, (tail, level) => tail * (2 * (level - Middle) - 1)) + Middle * Middle;
            return ((second - first.square()).clamp_min(0) / (GreyLevels.Highest * GreyLevels.Highest)).to(Location.dtype);
        }
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<torch.Tensor> Parameters => [Location, LogScale];

    /// <inheritdoc/>
    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        return LogisticBins.Sample(Location, LogScale);
    }

    /// <inheritdoc/>
    protected override torch.Tensor FlatLogProb(torch.Tensor x)
        => ItemSum.Of(LogisticBins.LogProb(x, Flatten(Location), Flatten(LogScale)));

    /// <inheritdoc/>
    protected override string? ExplainFiniteOutsideSupport(torch.Tensor x) => GreyLevels.Explain(x, "discretised logistic");

    // Σ_k f(P(K ≥ k), k) for k from 1 to 255, the terms in a type and their sum in float64: E[K] for f = P, and in general a sum by
    // parts over the levels.
    private torch.Tensor Tails(torch.ScalarType type, Func<torch.Tensor, int, torch.Tensor> term)
    {
        var edges = new BinEdges(Location.to(type), LogisticBins.Precision(LogScale.to(type)));
        var sum = torch.zeros_like(Location, dtype: ItemSum.WideType(Location));
        for (var level = 1; level <= GreyLevels.Highest; level++)
            sum = sum + term(edges.Past(level).sigmoid(), level);
        return sum;
    }

    private static torch.Tensor RequireShape(torch.Tensor logScale, torch.Tensor location)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(logScale);
        return location.shape.SequenceEqual(logScale.shape)
            ? logScale
            : throw new ArgumentException(
                $"location has shape {Shape.Text(location)}, logScale {Shape.Text(logScale)}; they must be the same", nameof(logScale));
    }
}
