using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Independent weights, p(w) = N(0, s² I), with the cross-entropy ½ Σ (log 2πs² + (μ² + exp λ)/s²) in closed form: the prior that
/// mean-field networks usually have, and the baseline that a learned one has to beat.
/// </summary>
public sealed class GaussianKernelPrior : KernelPrior
{
    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);

    /// <summary>Makes the prior.</summary>
    /// <param name="kernelSize">D, at least 1.</param>
    /// <param name="standardDeviation">s, above 0, such as the standard deviation of the source's kernels.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public GaussianKernelPrior(long kernelSize, double standardDeviation)
    {
        Shape.RequirePositive(kernelSize, "the kernel size", nameof(kernelSize));
        if (!(standardDeviation > 0 && double.IsFinite(standardDeviation)))
            throw new ArgumentOutOfRangeException(
                nameof(standardDeviation), standardDeviation, "the standard deviation must be a finite number above 0");
        (KernelSize, StandardDeviation) = (kernelSize, standardDeviation);
    }

    /// <inheritdoc/>
    public override long KernelSize { get; }

    /// <summary>s.</summary>
    public double StandardDeviation { get; }

    /// <inheritdoc/>
    public override torch.Tensor SampleMeans(long count)
    {
        Shape.RequirePositive(count, "the number of kernels", nameof(count));
        using var scope = torch.NewDisposeScope();
        return (torch.randn([count, KernelSize]) * StandardDeviation).MoveToOuterDisposeScope();
    }

    /// <summary>The kernels' size and s.</summary>
    public override string ToString() => FormattableString.Invariant($"N(0, {StandardDeviation:G4}²) of kernels of {KernelSize} values");

    /// <inheritdoc/>
    protected override torch.Tensor ComputeCrossEntropy(torch.Tensor mean, torch.Tensor logVariance, KernelBoundOptions options)
    {
        var variance = StandardDeviation * StandardDeviation;
        return (mean.square() + logVariance.exp()).sum(-1) * (0.5 / variance) + 0.5 * KernelSize * (s_logTwoPi + Math.Log(variance));
    }
}
