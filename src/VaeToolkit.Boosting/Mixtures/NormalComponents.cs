using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// M normal distributions over ℝᴰ, the components that boosting adds to a mixture. Like a batch's posterior it is plain tensors in the
/// dispose scope in which it was made: it owns nothing, and gradients reach its parameters.
/// </summary>
public abstract class NormalComponents
{
    private protected static readonly double LogTwoPi = Math.Log(2 * Math.PI);

    private protected NormalComponents(torch.Tensor means)
    {
        ArgumentNullException.ThrowIfNull(means);
        if (means.Dimensions != 2 || means.shape[0] < 1 || means.shape[1] < 1)
            throw new ArgumentException(
                $"means have shape {Shape.Text(means)}; they must be [M, D] with at least one component", nameof(means));
        (Means, Count, Size) = (means, (int)means.shape[0], means.shape[1]);
    }

    /// <summary>M, components.</summary>
    public int Count { get; }

    /// <summary>D, dimensions.</summary>
    public long Size { get; }

    /// <summary>μ, <c>[M, D]</c>.</summary>
    public torch.Tensor Means { get; }

    /// <summary>The components' entropies in closed form, in nats, <c>[M]</c>.</summary>
    public abstract torch.Tensor Entropy();

    /// <summary>Draws S samples of every component, differentiable in its parameters, from torch's generator.</summary>
    /// <param name="each">S, at least 1.</param>
    /// <returns><c>[M, S, D]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="each"/> is below 1.</exception>
    public torch.Tensor RSample(int each)
    {
        Shape.RequirePositive(each, "the number of samples S", nameof(each));
        return Means.unsqueeze(1) + Scale(torch.randn(
            [Count, each, Size], dtype: Means.dtype, device: Means.device, generator: NoiseSource.OfThisThread));
    }

    /// <summary>log w_m + log N(z; m) of every point under every component, in nats.</summary>
    /// <param name="points">z, <c>[N, D]</c>.</param>
    /// <param name="logWeights">log w, <c>[M]</c>; zeros give the components' own densities.</param>
    /// <returns><c>[N, M]</c>.</returns>
    /// <exception cref="ArgumentException">The points are not <c>[N, D]</c>.</exception>
    public torch.Tensor LogDensities(torch.Tensor points, torch.Tensor logWeights)
    {
        ArgumentNullException.ThrowIfNull(logWeights);
        RequirePoints(points);
        return Weighted(points, logWeights);
    }

    /// <summary>log N(z; m) of each component's own points, in nats.</summary>
    /// <param name="points">z, <c>[M, S, D]</c>, such as <see cref="RSample"/> draws.</param>
    /// <returns><c>[M, S]</c>.</returns>
    internal abstract torch.Tensor OwnLogDensities(torch.Tensor points);

    /// <exception cref="ArgumentException">The points are not <c>[N, D]</c>.</exception>
    internal void RequirePoints(torch.Tensor points)
    {
        ArgumentNullException.ThrowIfNull(points);
        if (points.Dimensions != 2 || points.shape[1] != Size)
            throw new ArgumentException($"points have shape {Shape.Text(points)}; they must be [N, {Size}]", nameof(points));
    }

    /// <summary>The kind, M and D.</summary>
    public override string ToString() => $"{Count} {GetType().Name} in {Size} dimensions";

    /// <summary>The mean over S values a component, given component by component: from <c>[M S]</c> to <c>[M]</c>.</summary>
    internal torch.Tensor MeanOverSamples(torch.Tensor values) => values.reshape(Count, -1).mean([1L]);

    /// <summary>Some of the components, by their numbers.</summary>
    internal NormalComponents Select(params long[] numbers)
    {
        using var index = torch.tensor(numbers, device: Means.device);
        return Select(index);
    }

    /// <summary>The same by numbers <c>[N]</c> (int64) where the components are.</summary>
    internal NormalComponents Select(torch.Tensor numbers) => Make(Array.ConvertAll(Parts, part => part.index_select(0, numbers)));

    /// <summary>These components and, after them, others of the same kind.</summary>
    internal NormalComponents Append(NormalComponents others)
    {
        if (others.GetType() != GetType() || others.Size != Size)
            throw new ArgumentException(
                $"{others.GetType().Name} of {others.Size} dimensions cannot join {GetType().Name} of {Size}", nameof(others));
        return Make([.. Parts.Zip(others.Parts, (part, other) => torch.cat([part, other]))]);
    }

    /// <summary>The same components, cut from the gradient.</summary>
    internal NormalComponents Detached() => Make(Array.ConvertAll(Parts, part => part.detach()));

    /// <summary>A copy without gradients that no dispose scope owns; <see cref="Release"/> it.</summary>
    internal NormalComponents Keep()
    {
        using var scope = torch.NewDisposeScope();
        return Make(Array.ConvertAll(Parts, part => part.detach().clone().DetachFromDisposeScope()));
    }

    /// <summary>Disposes the tensors of a copy made by <see cref="Keep"/>.</summary>
    internal void Release() => Array.ForEach(Parts, part => part.Dispose());

    /// <summary>The tensors that make the components up, each with M first.</summary>
    internal abstract torch.Tensor[] Parts { get; }

    private protected abstract NormalComponents Make(torch.Tensor[] parts);

    /// <summary>Standard normal noise <c>[M, S, D]</c> with each component's covariance.</summary>
    private protected abstract torch.Tensor Scale(torch.Tensor noise);

    private protected abstract torch.Tensor Weighted(torch.Tensor points, torch.Tensor logWeights);
}
