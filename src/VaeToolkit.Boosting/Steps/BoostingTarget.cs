using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// What boosting approximates: a density p over ℝᴰ, known up to a factor. A parameter posterior makes the step MPVI; the optimal prior
/// of a VAE makes it BooVAE. Derive from it, or give <see cref="DensityTarget"/> a function.
/// </summary>
public abstract class BoostingTarget
{
    /// <summary>D, dimensions.</summary>
    public abstract long Size { get; }

    /// <summary>log p(z) in nats, up to a constant; differentiable in the points.</summary>
    /// <param name="points">z, <c>[K, D]</c>.</param>
    /// <returns><c>[K]</c>.</returns>
    public abstract torch.Tensor LogDensity(torch.Tensor points);

    /// <summary>Draws points from p, where that is possible; re-weighting by expectation maximisation needs it.</summary>
    /// <param name="count">N, at least 1.</param>
    /// <returns><c>[N, D]</c>.</returns>
    /// <exception cref="NotSupportedException">This target cannot be sampled.</exception>
    public virtual torch.Tensor Sample(long count)
        => throw new NotSupportedException(
            $"{GetType().Name} cannot be sampled, so weights cannot be fitted to its samples; use a rule that needs the log-density only");

    /// <summary>
    /// E_h[log p] of every candidate, which the component step climbs: by default the mean over the candidate's samples. A target overrides
    /// it where something better is at hand, such as batches of the data, closed forms, or noise on a network's outputs instead of its
    /// weights. Candidates are ranked and weights found by <see cref="LogDensity"/> itself.
    /// </summary>
    /// <param name="components">h, R candidates; gradients must reach them.</param>
    /// <param name="points">S samples of every candidate, candidate by candidate, differentiable in its parameters:
    /// <c>[R S, D]</c>.</param>
    /// <returns><c>[R]</c>, in nats.</returns>
    public virtual torch.Tensor ExpectedLogDensity(NormalComponents components, torch.Tensor points)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(components);
        return components.MeanOverSamples(Evaluate(points));
    }

    /// <summary>
    /// One sentence about a component step that ends before a number of the target's own, such as the weight of a divergence, has risen to
    /// its final value; by default null, which says that there is no such number. <see cref="BoostingStep.Run"/> asks before it begins.
    /// </summary>
    /// <param name="steps">Optimiser steps of the component step, each a call of <see cref="ExpectedLogDensity"/>.</param>
    public virtual string? ExplainUnfinishedWarmUp(long steps) => null;

    /// <summary>The kind and D.</summary>
    public override string ToString() => $"{GetType().Name} in {Size} dimensions";

    /// <summary>The log-density, with the shape of what came back checked.</summary>
    internal torch.Tensor Evaluate(torch.Tensor points) => GivenDensity.At(points, "the target's log-density", LogDensity);
}
