using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// The log-density of a mixture of M diagonal normals, log Σ_m π_m N(z; μ_m, diag σ_m²), at N points. Means and log-variances are
/// <c>[M, Z]</c>, log-weights (normalised) <c>[M]</c> and points <c>[N, Z]</c>; gradients reach all four.
/// </summary>
public static class MixtureLogDensity
{
    /// <summary>
    /// Up to so many components the differences of all points from all means are held at once; it is exact and, with so few, as fast.
    /// </summary>
    public const long DirectUpTo = 16;

    // 16 MB of float32.
    private const long MostDifferences = 1 << 22;

    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);

    /// <summary>
    /// log Σ_m π_m N(z; μ_m, σ_m²) in nats, <c>[N]</c>. In float32 a component that is more than 60 nats below a point's largest
    /// counts as if it were 60 and gets no gradient from that point.
    /// </summary>
    public static torch.Tensor Of(torch.Tensor means, torch.Tensor logVariances, torch.Tensor logWeights, torch.Tensor z)
        => LogSum(Components(means, logVariances, logWeights, z));

    /// <summary>
    /// log π_m + log N(z; μ_m, σ_m²) in nats, <c>[N, M]</c>: by differences where components are few or far apart
    /// (<see cref="MixtureProducts.LosesDigits"/>; within a step of training that is not asked on a GPU, which would be waited for), else
    /// from a matrix product.
    /// </summary>
    public static torch.Tensor Components(torch.Tensor means, torch.Tensor logVariances, torch.Tensor logWeights, torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(logVariances);
        ArgumentNullException.ThrowIfNull(logWeights);
        ArgumentNullException.ThrowIfNull(z);
        if (means.shape[0] <= DirectUpTo)
            return Directly(means, logVariances, logWeights, z);
        var products = MixtureProducts.Of(means, logVariances, logWeights);
        var isAsked = !TrainingStep.IsComputed || means.device_type == DeviceType.CPU;
        return isAsked && products.LosesDigits() ? ByDifferences(means, logVariances, logWeights, z) : products.Terms(z);
    }

    /// <summary>
    /// As <see cref="Components"/>, from differences in any case, of some rows at a time: they take Z times the memory of the result.
    /// </summary>
    public static torch.Tensor ByDifferences(torch.Tensor means, torch.Tensor logVariances, torch.Tensor logWeights, torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(logVariances);
        ArgumentNullException.ThrowIfNull(logWeights);
        ArgumentNullException.ThrowIfNull(z);
        var rows = Math.Max(1, MostDifferences / means.numel());
        return z.shape[0] <= rows ? Directly(means, logVariances, logWeights, z)
            : torch.cat([.. z.split(rows).Select(part => Directly(means, logVariances, logWeights, part))]);
    }

    // Most components are too far from a point to count. Float32's exponentials of their differences would be subnormal or 0, which MKL
    // takes one by one and not as vectors, forwards and, in logsumexp's gradient, backwards. Here none is below e⁻⁶⁰, which no sum of
    // float32 notices; what is below has no gradient.
    private static torch.Tensor LogSum(torch.Tensor terms)
    {
        if (terms.dtype != torch.float32)
            return terms.logsumexp(-1);
        var largest = terms.detach().amax(-1L).unsqueeze(-1);
        // Where every density is 0, or one infinite, differences of logarithms would be NaN.
        var origin = largest.masked_fill(largest.isinf(), 0);
        return (terms - origin).clamp_min(MixtureProducts.LeastLogShare).exp().sum(-1).log() + largest.squeeze(-1);
    }

    /// <summary>As <see cref="Components"/>, from an <c>[N, M, Z]</c> array of differences.</summary>
    internal static torch.Tensor Directly(torch.Tensor means, torch.Tensor logVariances, torch.Tensor logWeights, torch.Tensor z)
    {
        var terms = InverseScale.OfSquare(z.unsqueeze(1) - means, logVariances) + logVariances;
        return ((ItemSum.InDouble(terms) + means.shape[1] * s_logTwoPi) * -0.5 + logWeights).to(terms.dtype);
    }

    /// <summary>As <see cref="Components"/>, from one matrix product.</summary>
    internal static torch.Tensor ByProducts(torch.Tensor means, torch.Tensor logVariances, torch.Tensor logWeights, torch.Tensor z)
        => MixtureProducts.Of(means, logVariances, logWeights).Terms(z);

    /// <summary>Draws points from the mixture, without gradients: <c>[N, Z]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/>, N, is below 1.</exception>
    public static torch.Tensor Sample(torch.Tensor means, torch.Tensor logVariances, torch.Tensor logWeights, long count)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(logVariances);
        ArgumentNullException.ThrowIfNull(logWeights);
        Shape.RequirePositive(count, "the number of points N", nameof(count));
        using var noGradient = torch.no_grad();
        var component = Drawn(logWeights, count);
        var mean = means.index_select(0, component);
        return mean + (logVariances.index_select(0, component) * 0.5).exp() * NoiseSource.NormalLike(mean);
    }

    // Of a single draw torch looks at the weights first, for which a GPU would be waited for.
    private static torch.Tensor Drawn(torch.Tensor logWeights, long count)
        => logWeights.exp().multinomial(Math.Max(count, 2), replacement: true, NoiseSource.OfThisThread).narrow(0, 0, count);
}
