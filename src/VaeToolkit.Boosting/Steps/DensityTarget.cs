using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>A target that is given as a function.</summary>
public sealed class DensityTarget : BoostingTarget
{
    private readonly Func<torch.Tensor, torch.Tensor> _logDensity;

    /// <summary>Makes the target.</summary>
    /// <param name="size">D, dimensions.</param>
    /// <param name="logDensity">From points <c>[K, D]</c> to their log-densities up to a constant, <c>[K]</c>, differentiably.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below 1.</exception>
    public DensityTarget(long size, Func<torch.Tensor, torch.Tensor> logDensity)
    {
        Shape.RequirePositive(size, "the number of dimensions D", nameof(size));
        ArgumentNullException.ThrowIfNull(logDensity);
        (Size, _logDensity) = (size, logDensity);
    }

    /// <inheritdoc/>
    public override long Size { get; }

    /// <inheritdoc/>
    public override torch.Tensor LogDensity(torch.Tensor points) => _logDensity(points);
}
