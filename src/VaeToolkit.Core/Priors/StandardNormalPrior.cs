using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>The standard normal prior p(z) = N(0, I) (Kingma &amp; Welling 2014).</summary>
public sealed class StandardNormalPrior : Prior, IDescribedPart
{
    internal const string PartName = "standard-normal";

    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);

    // Of the samples: where the model was moved to.
    private torch.ScalarType _type = torch.get_default_dtype();
    private torch.Device _device = torch.get_default_device();

    /// <summary>Makes the prior.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="latentSize"/> is below 1.</exception>
    public StandardNormalPrior(long latentSize)
        : base(nameof(StandardNormalPrior))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        LatentSize = latentSize;
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override torch.Tensor LogProb(torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        Shape.RequireLastAxis(z, LatentSize, "the latent size", nameof(z));
        RequireFiniteLatents(z);
        // A density of whole numbers is none itself.
        var type = z.is_floating_point() ? z.dtype : _type;
        return ((ItemSum.InDouble(z.to(type).square()) + LatentSize * s_logTwoPi) * -0.5).to(type);
    }

    /// <inheritdoc/>
    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        return torch.randn([count, LatentSize], dtype: _type, device: _device, generator: NoiseSource.OfThisThread);
    }

    /// <inheritdoc/>
    public override torch.Tensor? AnalyticKl(Posterior posterior) => (posterior as DiagonalNormal)?.KlToStandardNormal();

    /// <summary>KL(q(z_j|x) ‖ N(0, 1)) in closed form for a diagonal normal posterior, else null. In nats, <c>[N, Z]</c>.</summary>
    /// <param name="posterior">q(z|x).</param>
    public override torch.Tensor? AnalyticKlByLatent(Posterior posterior) => (posterior as DiagonalNormal)?.KlToStandardNormalByLatent();

    /// <summary>
    /// Follows a move of the model: samples are of its type and on its device. It holds no tensor that would be moved for it.
    /// </summary>
    protected override void _toEpilog(torch.ScalarType? dtype, torch.Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device, non_blocking);
        (_type, _device) = (dtype ?? _type, device ?? _device);
    }

    /// <inheritdoc/>
    public override GraphValue WriteTo(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return graph.NormalNoise(LatentSize);
    }

    /// <summary>The name and Z.</summary>
    public override string ToString() => $"{nameof(StandardNormalPrior)} {LatentSize}";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("latent_size", LatentSize);

    internal static StandardNormalPrior From(PartOptions options) => new(options.WholeNumber("latent_size"));
}
