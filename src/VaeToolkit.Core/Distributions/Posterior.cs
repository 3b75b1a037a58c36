using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// An approximate posterior q(z|x) over latent vectors, one for every item of a batch. It holds plain tensors that live in the
/// dispose scope in which it was made; it owns nothing and is cheap enough to build for every batch.
/// </summary>
public abstract class Posterior
{
    /// <summary>Number of items N in the batch.</summary>
    public abstract long BatchSize { get; }

    /// <summary>Number of latent features Z.</summary>
    public abstract long LatentSize { get; }

    /// <summary>E[z|x], shape <c>[N, Z]</c>.</summary>
    public abstract torch.Tensor Mean { get; }

    /// <summary>Var[z|x] of every latent feature, shape <c>[N, Z]</c>.</summary>
    public abstract torch.Tensor Variance { get; }

    /// <summary>log q(z|x) in nats.</summary>
    /// <param name="z">Latent vectors, <c>[N, Z]</c> or, with K samples of each, <c>[K, N, Z]</c>.</param>
    /// <returns><c>[N]</c> or <c>[K, N]</c>.</returns>
    /// <exception cref="ArgumentException"><paramref name="z"/> does not have that shape.</exception>
    public abstract torch.Tensor LogProb(torch.Tensor z);

    /// <summary>Draws K reparameterised samples of every item's posterior, differentiable in its parameters.</summary>
    /// <param name="samples">K, at least 1.</param>
    /// <returns><c>[K, N, Z]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public abstract torch.Tensor RSample(int samples = 1);

    /// <summary>Draws K reparameterised samples and their log-densities together, since the two share work.</summary>
    /// <param name="samples">K, at least 1.</param>
    /// <returns>z <c>[K, N, Z]</c> and log q(z|x) <c>[K, N]</c> in nats.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public virtual (torch.Tensor Sample, torch.Tensor LogProb) RSampleAndLogProb(int samples = 1)
    {
        var z = RSample(samples);
        return (z, LogProb(z));
    }

    /// <summary>The entropy −E_q[log q(z|x)] in nats, <c>[N]</c>.</summary>
    public abstract torch.Tensor Entropy();

    /// <summary>
    /// Samples that were drawn before, as a differentiable function of this posterior's parameters: the value is <paramref name="z"/>, and
    /// gradients flow as they did when it was drawn. Estimators that weigh samples after drawing them need it.
    /// </summary>
    /// <param name="z">Samples <c>[K, N, Z]</c> of a posterior with the same parameters; their own gradients are cut.</param>
    /// <returns><c>[K, N, Z]</c>.</returns>
    /// <exception cref="NotSupportedException">This posterior cannot do so.</exception>
    public virtual torch.Tensor Reparameterise(torch.Tensor z)
        => throw new NotSupportedException($"{GetType().Name} cannot reparameterise samples drawn before");

    /// <summary>
    /// K samples, and their densities under this posterior with its parameters cut from the gradient: it flows through the samples alone.
    /// </summary>
    internal virtual (torch.Tensor Sample, torch.Tensor PathLogProb) RSampleAndPathLogProb(int samples)
    {
        var z = RSample(samples);
        return (z, Detach().LogProb(z));
    }

    /// <summary>As <see cref="RSampleAndLogProb"/>, with what <see cref="Again"/> can use beside the samples, if anything.</summary>
    internal virtual (torch.Tensor Sample, torch.Tensor LogProb, torch.Tensor? Noise) RSampleWithNoise(int samples)
    {
        var (z, logProb) = RSampleAndLogProb(samples);
        return (z, logProb, null);
    }

    /// <summary>As <see cref="Reparameterise"/>, with the samples' densities.</summary>
    /// <param name="z">The samples, <c>[K, N, Z]</c>.</param>
    /// <param name="noise">What came with them from <see cref="RSampleWithNoise"/>.</param>
    /// <param name="isCut">Whether the density's parameters are cut from the gradient, which then flows through the samples alone.</param>
    /// <param name="pathScale">What the gradient of each sample is multiplied by, <c>[K, N, 1]</c>; null for 1.</param>
    internal virtual (torch.Tensor Sample, torch.Tensor LogProb) Again(
        torch.Tensor z, torch.Tensor? noise, bool isCut, torch.Tensor? pathScale)
    {
        var samples = Reparameterise(z);
        if (pathScale is not null)
            samples = z + (samples - samples.detach()) * pathScale;
        return (samples, (isCut ? Detach() : this).LogProb(samples));
    }

    /// <summary>The kind, N and Z.</summary>
    public override string ToString() => $"{GetType().Name} [{BatchSize}, {LatentSize}]";

    /// <summary>The same posterior with its parameters cut from the gradient.</summary>
    /// <exception cref="NotSupportedException">This posterior cannot do so.</exception>
    public virtual Posterior Detach() => throw new NotSupportedException($"{GetType().Name} cannot be detached");
}
