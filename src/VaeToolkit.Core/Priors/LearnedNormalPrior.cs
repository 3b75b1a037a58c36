using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// A diagonal normal prior p(z) = N(z; μ, diag σ²) whose mean and log-variance are learned. It starts as N(0, I). Saved keys:
/// <c>mean</c> and <c>log_variance</c>, both <c>[Z]</c>.
/// </summary>
public sealed class LearnedNormalPrior : Prior, IDescribedPart
{
    internal const string PartName = "learned-normal";

    private readonly LogVarianceRange? _range;

    /// <summary>Makes the prior with log-variances clamped to [−6, 2].</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="latentSize"/> is below 1.</exception>
    public LearnedNormalPrior(long latentSize)
        : this(latentSize, new())
    {
    }

    /// <summary>Makes the prior.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="range">The range that log-variances are clamped to, or null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="latentSize"/> is below 1.</exception>
    /// <exception cref="ArgumentException">The range is empty.</exception>
    public LearnedNormalPrior(long latentSize, LogVarianceRange? range)
        : base(nameof(LearnedNormalPrior))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        (LatentSize, _range) = (latentSize, range?.Validated(nameof(range)));
        this.RegisterParameter("mean", torch.zeros(latentSize));
        this.RegisterParameter("log_variance", torch.zeros(latentSize));
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    // The tensors are looked up by name at every use, because moving the module replaces them.
    private torch.Tensor Mean => get_parameter("mean")!;

    private torch.Tensor LogVariance => _range.Clamp(get_parameter("log_variance")!);

    /// <inheritdoc/>
    public override torch.Tensor LogProb(torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        Shape.RequireLastAxis(z, LatentSize, "the latent size", nameof(z));
        RequireFiniteLatents(z);
        return EngineError.Of(this, z, nameof(z), () =>
        {
            var logVariance = LogVariance;
            var terms = InverseScale.OfSquare(z - Mean, logVariance) + logVariance;
            return ((ItemSum.InDouble(terms) + LatentSize * Math.Log(2 * Math.PI)) * -0.5).to(terms.dtype);
        });
    }

    /// <inheritdoc/>
    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var mean = Mean;
        var noise = torch.randn([count, LatentSize], dtype: mean.dtype, device: mean.device, generator: NoiseSource.OfThisThread);
        return (mean + (LogVariance * 0.5).exp() * noise).MoveToOuterDisposeScope();
    }

    /// <summary>KL(q(z_j|x) ‖ p(z_j)) in closed form for a diagonal normal posterior, else null. In nats, <c>[N, Z]</c>.</summary>
    /// <param name="posterior">q(z|x).</param>
    public override torch.Tensor? AnalyticKlByLatent(Posterior posterior)
        => (posterior as DiagonalNormal)?.KlToByLatent(new DiagonalNormal(Mean.unsqueeze(0), LogVariance.unsqueeze(0)));

    /// <inheritdoc/>
    public override GraphValue WriteTo(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var logVariance = graph.Constant(get_parameter("log_variance")!).Clamp(_range);
        return graph.Constant(Mean) + (logVariance * 0.5).Exp() * graph.NormalNoise(LatentSize);
    }

    /// <summary>The name and Z.</summary>
    public override string ToString() => $"{nameof(LearnedNormalPrior)} {LatentSize}";

    PartDescription IDescribedPart.Describe()
        => new PartDescription(PartName).With("latent_size", LatentSize).With("log_variance", _range);

    internal static LearnedNormalPrior From(PartOptions options)
    {
        var latents = options.WholeNumber("latent_size");
        options.RequireWeights(latents, 2);
        return new(latents, options.Range("log_variance"));
    }
}
