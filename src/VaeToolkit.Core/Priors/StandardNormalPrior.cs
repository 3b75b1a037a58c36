using TorchSharp;
using VaeToolkit.Distributions;

namespace VaeToolkit.Priors;

/// <summary>The standard normal prior p(z) = N(0, I) (Kingma &amp; Welling 2014).</summary>
public sealed class StandardNormalPrior : Prior
{
    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);

    /// <summary>Makes the prior.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="latentSize"/> is below 1.</exception>
    public StandardNormalPrior(long latentSize)
        : base(nameof(StandardNormalPrior))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        LatentSize = latentSize;
        // Not saved: it is here so that samples are made where the model was moved to.
        register_buffer("origin", torch.zeros(latentSize), persistent: false);
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override torch.Tensor LogProb(torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        Shape.RequireLastAxis(z, LatentSize, "the latent size", nameof(z));
        return z.square().sum(-1) * -0.5 - 0.5 * LatentSize * s_logTwoPi;
    }

    /// <inheritdoc/>
    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        var origin = get_buffer("origin")!;
        return torch.randn([count, LatentSize], dtype: origin.dtype, device: origin.device);
    }

    /// <summary>KL(q(z_j|x) ‖ N(0, 1)) in closed form for a diagonal normal posterior, else null. In nats, <c>[N, Z]</c>.</summary>
    /// <param name="posterior">q(z|x).</param>
    public override torch.Tensor? AnalyticKlByLatent(Posterior posterior) => (posterior as DiagonalNormal)?.KlToStandardNormalByLatent();

    /// <summary>The name and Z.</summary>
    public override string ToString() => $"{nameof(StandardNormalPrior)} {LatentSize}";
}
