using TorchSharp;

namespace VaeToolkit.Evaluation;

public static partial class Evaluate
{
    /// <summary>
    /// The Fréchet distance between normal distributions fitted to two sets of features (Dowson &amp; Landau 1982):
    /// ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½), in float64, by roots of the covariances,
    /// so that features may be of unlike sizes.
    /// </summary>
    /// <param name="first">Features <c>[N, F]</c>, N at least 2.</param>
    /// <param name="second">Features <c>[M, F]</c>, M at least 2.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or a value is not finite.</exception>
    /// <exception cref="ArithmeticException">The distance is too large for a number.</exception>
    public static FrechetEstimate FrechetDistance(torch.Tensor first, torch.Tensor second)
    {
        var (one, other) = (FeatureMoments.Of(first, nameof(first)), FeatureMoments.Of(second, nameof(second)));
        if (one.Mean.Count != other.Mean.Count)
            throw new ArgumentException(
                $"first has {one.Mean.Count} features, second {other.Mean.Count}; they must have the same", nameof(second));
        return new(one.FrechetDistanceTo(other), first.shape[0], second.shape[0], one.Mean.Count);
    }

    /// <summary>The same between the features of two sets of items, such as test images and samples of a model.</summary>
    /// <param name="features">
    /// Features <c>[n, F]</c> of items <c>[n, *item]</c>: of a user's own encoder, or <see cref="FeatureClassifier.Features"/>. Called in a
    /// dispose scope and without gradients.
    /// </param>
    /// <param name="first">The one set.</param>
    /// <param name="second">The other.</param>
    /// <param name="batchSize">Items whose features are computed together, at least 1.</param>
    /// <param name="seed">The seed of what is random in the items.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">A set has fewer than two items, or the features do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchSize"/> is below 1.</exception>
    /// <exception cref="ArithmeticException">The distance is too large for a number.</exception>
    /// <exception cref="InvalidOperationException">libtorch refuses what the function does; the message has its first line.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static FrechetEstimate FrechetDistance(
        Func<torch.Tensor, torch.Tensor> features, DataSource first, DataSource second, int batchSize = 500, long seed = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        Shape.RequirePositive(batchSize, "the batch size", nameof(batchSize));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return FrechetDistance(All(first), All(second));

        torch.Tensor All(DataSource data) => torch.cat([.. data.InOrder(batchSize, seed).Select(FeaturesOf)]);

        torch.Tensor FeaturesOf(Batch batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = torch.NewDisposeScope();
            var found = EngineError.In(batch.Items, () => "the function of features", () => features(batch.Items));
            return found.clone().MoveToOuterDisposeScope();
        }
    }
}
