using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The posterior of an encoder that gives one latent vector and no spread. It has no density, so it goes with objectives that compare all
/// codes with the prior, such as <see cref="WaeMmd"/>, and not with bounds that ask for log q(z|x).
/// </summary>
public sealed class PointMass : Posterior
{
    /// <summary>Makes the distribution of a batch.</summary>
    /// <param name="point">z, <c>[N, Z]</c>.</param>
    /// <exception cref="ArgumentException">It has another shape.</exception>
    public PointMass(torch.Tensor point)
    {
        ArgumentNullException.ThrowIfNull(point);
        if (point.Dimensions != 2)
            throw new ArgumentException($"point has shape {Shape.Text(point)}; it must be [N, Z]", nameof(point));
        Mean = point;
    }

    /// <inheritdoc/>
    public override long BatchSize => Mean.shape[0];

    /// <inheritdoc/>
    public override long LatentSize => Mean.shape[1];

    /// <inheritdoc/>
    public override torch.Tensor Mean { get; }

    /// <summary>Zeros, <c>[N, Z]</c>.</summary>
    public override torch.Tensor Variance => torch.zeros_like(Mean);

    /// <summary>There is none.</summary>
    /// <param name="z">Latent vectors.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override torch.Tensor LogProb(torch.Tensor z) => throw NoDensity();

    /// <summary>The point, K times.</summary>
    /// <param name="samples">K, at least 1.</param>
    /// <returns><c>[K, N, Z]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public override torch.Tensor RSample(int samples = 1)
    {
        Shape.RequirePositive(samples, "the number of importance samples K", nameof(samples));
        return Mean.unsqueeze(0).expand(samples, BatchSize, LatentSize);
    }

    /// <summary>There is none.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override torch.Tensor Entropy() => throw NoDensity();

    /// <inheritdoc/>
    public override Posterior Detach() => new PointMass(Mean.detach());

    private static NotSupportedException NoDensity() => new(
        $"a point mass has no density: the encoder gives one latent vector; train it with {nameof(WaeMmd)}, with {nameof(InfoVae)} whose "
        + $"information preference is 1, or as an {nameof(Autoencoder)}, or take an encoder that gives a distribution");
}
