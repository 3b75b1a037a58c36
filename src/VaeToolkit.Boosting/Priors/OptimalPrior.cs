using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// The prior that maximises the evidence lower bound for given data, p*(z) = (1/n) Σ_j q(z|x_j): the bound depends on the prior only
/// through (1/n) Σ_j E_q(z|x_j)[log p(z)]. It is taken over a subset of the data, as the encoder is now, and is what a
/// <see cref="BoostedPrior"/> approximates.
/// </summary>
public sealed class OptimalPrior : BoostingTarget, IDisposable
{
    private readonly NormalMixture _mixture;

    /// <summary>Encodes the subset, in evaluation mode without gradients.</summary>
    /// <param name="encoder">The encoder; its posterior must be a <see cref="DiagonalNormal"/>.</param>
    /// <param name="subset">Items <c>[n, *item]</c>, at least one.</param>
    /// <exception cref="ArgumentException">The items do not fit the encoder, there are none,
    /// or the posterior is of another kind.</exception>
    public OptimalPrior(Encoder encoder, torch.Tensor subset)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(subset);
        if (subset.Dimensions < 2 || subset.shape[0] < 1)
            throw new ArgumentException(
                $"subset has shape {Shape.Text(subset)}; it must be [n, ...] with at least one item", nameof(subset));
        using var mode = EvaluationMode.Enter(encoder);
        using var scope = torch.NewDisposeScope();
        var count = subset.shape[0];
        _mixture = new(EncodedComponents.Of(encoder, subset), [.. Enumerable.Repeat(1.0 / count, (int)count)]);
    }

    /// <inheritdoc/>
    public override long Size => _mixture.Components.Size;

    /// <inheritdoc/>
    public override torch.Tensor LogDensity(torch.Tensor points) => _mixture.LogDensity(points);

    /// <summary>Draws points, stratified: every item of the subset has as many as any other, or one more.</summary>
    /// <param name="count">N, at least 1.</param>
    /// <returns><c>[N, D]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        using var scope = torch.NewDisposeScope();
        var components = _mixture.Components;
        var each = (int)((count + components.Count - 1) / components.Count);
        return components.RSample(each).transpose(0, 1).reshape(-1, Size).narrow(0, 0, count).clone().MoveToOuterDisposeScope();
    }

    /// <summary>Releases the tensors.</summary>
    public void Dispose() => _mixture.Dispose();
}
