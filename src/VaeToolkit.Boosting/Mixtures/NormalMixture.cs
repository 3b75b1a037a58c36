using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// A mixture of normal distributions, q(z) = Σ_m w_m h_m(z). It never changes: boosting and re-weighting make new ones. It owns its
/// tensors. Weights are kept in double precision, because products of hundreds of factors 1 − α drift in single.
/// </summary>
public sealed class NormalMixture : IDisposable
{
    private const double Tolerance = 1e-6;
    private readonly torch.Tensor _logWeights;
    private MixtureProducts? _products;
    private bool _takesDifferences;

    /// <summary>Copies components, without gradients; those of weight 0 are left out.</summary>
    /// <param name="components">h, M of them.</param>
    /// <param name="weights">w, M numbers of at least 0 that sum to one within 10⁻⁶.</param>
    /// <exception cref="ArgumentException">There are not M weights, one is negative or not finite, or they do not sum to one.</exception>
    public NormalMixture(NormalComponents components, IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(components);
        Require(weights, components.Count);
        using var scope = torch.NewDisposeScope();
        long[] kept = [.. Enumerable.Range(0, weights.Count).Where(m => weights[m] > 0)];
        var sum = weights.Sum();
        Weights = [.. kept.Select(m => weights[(int)m] / sum)];
        Components = (kept.Length == weights.Count ? components : components.Select(kept)).Keep();
        double[] logWeights = [.. Weights.Select(weight => Math.Log(weight))];
        _logWeights = torch.tensor(logWeights, components.Means.dtype, components.Means.device).DetachFromDisposeScope();
    }

    /// <summary>The components, which belong to this mixture.</summary>
    public NormalComponents Components { get; }

    /// <summary>w, all above 0; they sum to one.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <summary>exp of the weights' entropy: M when they are equal, 1 when one has all.</summary>
    public double EffectiveCount => Math.Exp(-Weights.Sum(weight => weight * Math.Log(weight)));

    /// <summary>log q(z) in nats. Gradients reach the points.</summary>
    /// <param name="points">z, <c>[N, D]</c>.</param>
    /// <returns><c>[N]</c>.</returns>
    /// <exception cref="ArgumentException">The points are not <c>[N, D]</c>.</exception>
    public torch.Tensor LogDensity(torch.Tensor points)
    {
        using var scope = torch.NewDisposeScope();
        if (Components is not DiagonalComponents diagonal || Components.Count <= MixtureLogDensity.DirectUpTo)
            return Components.LogDensities(points, _logWeights).logsumexp(-1).MoveToOuterDisposeScope();
        Components.RequirePoints(points);
        if (_products is null)
        {
            var products = MixtureProducts.Of(diagonal.Means, diagonal.LogVariances, _logWeights).Keep();
            (_takesDifferences, _products) = (products.LosesDigits(), products);
        }
        return (_takesDifferences
            ? MixtureLogDensity.ByDifferences(diagonal.Means, diagonal.LogVariances, _logWeights, points).logsumexp(-1)
            : _products.LogDensityOfFixed(points)).MoveToOuterDisposeScope();
    }

    /// <summary>Draws points by <see cref="NoiseSource"/>.</summary>
    /// <param name="count">N, at least 1.</param>
    /// <returns><c>[N, D]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var chosen = _logWeights.exp().multinomial(count, replacement: true, NoiseSource.OfThisThread);
        return Components.Select(chosen).RSample(1).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>A new mixture with one more component and new weights for all.</summary>
    /// <param name="component">The component that joins at the end; one, of the same kind.</param>
    /// <param name="weights">M + 1 numbers.</param>
    /// <exception cref="ArgumentException">The component is of another kind or size, or the weights do not fit.</exception>
    public NormalMixture With(NormalComponents component, IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(component);
        using var scope = torch.NewDisposeScope();
        return new(Components.Append(component), weights);
    }

    /// <summary>A new mixture of the same components with other weights; those of weight 0 are left out.</summary>
    /// <param name="weights">M numbers.</param>
    /// <exception cref="ArgumentException">The weights do not fit.</exception>
    public NormalMixture Reweighted(IReadOnlyList<double> weights) => new(Components, weights);

    /// <summary>The components, and their weights if they are few.</summary>
    public override string ToString() => FormattableString.Invariant($"mixture of {Components}, effective components {EffectiveCount:F2}")
        + (Weights.Count > 20 ? "" : ", weights "
            + string.Join(", ", Weights.Select(weight => FormattableString.Invariant($"{weight:F4}"))));

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Components.Release();
        _logWeights.Dispose();
        _products?.Dispose();
    }

    private static void Require(IReadOnlyList<double> weights, int count)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Count != count)
            throw new ArgumentException(
                $"there are {weights.Count} weights for {count} components; there must be one for each", nameof(weights));
        foreach (var weight in weights)
        {
            if (!(weight >= 0 && double.IsFinite(weight)))
                throw new ArgumentException(
                    FormattableString.Invariant($"a weight is {weight}; every weight must be a number of at least 0"), nameof(weights));
        }
        if (Math.Abs(weights.Sum() - 1) > Tolerance)
            throw new ArgumentException(FormattableString.Invariant(
                $"the weights sum to {weights.Sum()}; they must sum to 1 (within {Tolerance})"), nameof(weights));
    }
}
