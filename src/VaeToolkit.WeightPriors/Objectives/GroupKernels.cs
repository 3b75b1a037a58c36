using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>The kernels of a group of layers as rows: μ and λ, both <c>[n, D]</c>, with their gradients.</summary>
internal readonly record struct GroupKernels(torch.Tensor Mean, torch.Tensor LogVariance)
{
    private static readonly double s_logTwoPiE = Math.Log(2 * Math.PI) + 1;

    internal static GroupKernels Of(IEnumerable<BayesianConv3d> layers, long kernelSize)
    {
        List<BayesianConv3d> list = [.. layers];
        return new(torch.cat([.. list.Select(layer => layer.Mean.reshape(-1, kernelSize))]),
            torch.cat([.. list.Select(layer => layer.LogVariance.reshape(-1, kernelSize))]));
    }

    /// <summary>
    /// −Σ H(q) + Σ cross-entropy: KL(q ‖ p) of all kernels, or an estimate of a bound on it, in nats. Of two large sums little is
    /// left, so they are taken in float64.
    /// </summary>
    internal torch.Tensor Divergence(KernelPrior prior, KernelBoundOptions options, int? rows)
    {
        var negativeEntropy = (ItemSum.InDouble(LogVariance.flatten()) + s_logTwoPiE * LogVariance.NumberOfElements) * -0.5;
        return (negativeEntropy + CrossEntropy(prior, options, rows)).to(LogVariance.dtype);
    }

    private torch.Tensor CrossEntropy(KernelPrior prior, KernelBoundOptions options, int? rows)
    {
        var count = Mean.shape[0];
        if (rows is not { } m || m >= count)
            return ItemSum.InDouble(prior.CrossEntropy(Mean, LogVariance, options));
        var chosen = NoiseSource.Permutation(count, Mean.device).narrow(0, 0, m);
        var some = prior.CrossEntropy(Mean.index_select(0, chosen), LogVariance.index_select(0, chosen), options);
        return ItemSum.InDouble(some) * ((double)count / m);
    }
}
