using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>Normal components with diagonal covariances, N(μ, diag σ²).</summary>
public sealed class DiagonalComponents : NormalComponents
{
    /// <summary>Makes the components.</summary>
    /// <param name="means">μ, <c>[M, D]</c>.</param>
    /// <param name="logVariances">log σ², <c>[M, D]</c>.</param>
    /// <exception cref="ArgumentException">The two are not of one shape <c>[M, D]</c>.</exception>
    public DiagonalComponents(torch.Tensor means, torch.Tensor logVariances)
        : base(means)
    {
        ArgumentNullException.ThrowIfNull(logVariances);
        if (!means.shape.SequenceEqual(logVariances.shape))
            throw new ArgumentException($"means have shape {Shape.Text(means)}, log-variances {Shape.Text(logVariances)}; both "
                + "must be [M, D]", nameof(logVariances));
        LogVariances = logVariances;
    }

    /// <summary>log σ², <c>[M, D]</c>.</summary>
    public torch.Tensor LogVariances { get; }

    /// <inheritdoc/>
    public override torch.Tensor Entropy()
        => (ItemSum.InDouble(LogVariances) * 0.5 + 0.5 * Size * (1 + LogTwoPi)).to(LogVariances.dtype);

    internal override torch.Tensor OwnLogDensities(torch.Tensor points)
        => new DiagonalNormal(Means, LogVariances).LogProb(points.transpose(0, 1)).t();

    internal override torch.Tensor[] Parts => [Means, LogVariances];

    private protected override NormalComponents Make(torch.Tensor[] parts) => new DiagonalComponents(parts[0], parts[1]);

    private protected override torch.Tensor Scale(torch.Tensor noise) => (LogVariances * 0.5).exp().unsqueeze(1) * noise;

    private protected override torch.Tensor Weighted(torch.Tensor points, torch.Tensor logWeights)
        => MixtureLogDensity.Components(Means, LogVariances, logWeights, points);
}
