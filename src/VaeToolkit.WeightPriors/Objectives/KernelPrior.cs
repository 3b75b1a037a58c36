using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.WeightPriors;

/// <summary>A prior p(w) over one convolution kernel, as variational inference over a network's weights needs it.</summary>
public abstract class KernelPrior
{
    /// <summary>D, the values of a kernel.</summary>
    public abstract long KernelSize { get; }

    /// <summary>What training adapts beside the network; by default nothing.</summary>
    public virtual IEnumerable<Parameter> OwnParameters => [];

    /// <summary>
    /// The networks that it is made of, trained along or not; by default none. Where ranks train together, all take rank 0's.
    /// </summary>
    public virtual IReadOnlyList<torch.nn.Module> Networks => [];

    /// <summary>
    /// The cross-entropy −E_q[log p(w)], or an estimate of an upper bound on it, of kernels with q(w) = N(μ, diag exp λ). In nats;
    /// −H(q) added to it is KL(q ‖ p) or a bound on it. Differentiable in μ and λ.
    /// </summary>
    /// <param name="mean">μ, <c>[n, D]</c>.</param>
    /// <param name="logVariance">λ, <c>[n, D]</c>.</param>
    /// <param name="options">How a bound is estimated; a prior with a closed form does not need them.</param>
    /// <returns><c>[n]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes are not <c>[n, D]</c>.</exception>
    public torch.Tensor CrossEntropy(torch.Tensor mean, torch.Tensor logVariance, KernelBoundOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(logVariance);
        if (mean.Dimensions != 2 || mean.shape[1] != KernelSize || !mean.shape.AsSpan().SequenceEqual(logVariance.shape))
            throw new ArgumentException($"the mean has shape {Shape.Text(mean)}, the log-variance {Shape.Text(logVariance)}; "
                + $"both must be [n, {KernelSize}]", nameof(mean));
        return ComputeCrossEntropy(mean, logVariance, (options ?? new()).Validated());
    }

    /// <summary>
    /// Kernels to start means from: the decoder's means for a kernel VAE, draws for a prior without latent features. Without gradients.
    /// </summary>
    /// <param name="count">N, at least 1.</param>
    /// <returns><c>[N, D]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public abstract torch.Tensor SampleMeans(long count);

    /// <summary>The cross-entropy of kernels whose shapes are known to fit.</summary>
    /// <param name="mean">μ, <c>[n, D]</c>.</param>
    /// <param name="logVariance">λ, <c>[n, D]</c>.</param>
    /// <param name="options">How a bound is estimated.</param>
    /// <returns><c>[n]</c>, in nats.</returns>
    protected abstract torch.Tensor ComputeCrossEntropy(torch.Tensor mean, torch.Tensor logVariance, KernelBoundOptions options);
}
