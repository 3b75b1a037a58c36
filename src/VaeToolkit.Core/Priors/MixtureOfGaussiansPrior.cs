using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// A mixture of M diagonal normals with learned means, log-variances and weights, p(z) = Σ_m π_m N(z; μ_m, diag σ_m²). Saved keys:
/// <c>means</c> and <c>log_variances</c> <c>[M, Z]</c>, <c>weight_logits</c> <c>[M]</c>. It has no closed-form divergence.
/// </summary>
public sealed class MixtureOfGaussiansPrior : Prior, IDescribedPart
{
    internal const string PartName = "mixture-of-gaussians";

    private readonly LogVarianceRange? _range;
    private readonly double[] _logits;

    /// <summary>Makes the prior; its initial means are drawn from TorchSharp's default generator.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="components">Components, M.</param>
    /// <param name="options">Initial values and what is learned; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or an initial value is out of its range.</exception>
    /// <exception cref="ArgumentException">The weights are not M positive numbers that sum to one,
    /// or the log-variance range is empty.</exception>
    public MixtureOfGaussiansPrior(long latentSize, long components, MixtureOfGaussiansOptions? options = null)
        : base(nameof(MixtureOfGaussiansPrior))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Shape.RequirePositive(components, "the number of components M", nameof(components));
        options ??= new();
        if (!(options.InitialSpread >= 0 && double.IsFinite(options.InitialSpread)))
            throw new ArgumentOutOfRangeException(nameof(options), options.InitialSpread, "InitialSpread must be a number of at least 0");
        RequireInside(options);
        (LatentSize, ComponentCount, _range) = (latentSize, components, options.LogVariance?.Validated(nameof(options)));
        using var scope = torch.NewDisposeScope();
        this.RegisterParameter("means", torch.randn([components, latentSize]) * options.InitialSpread);
        this.RegisterParameter("log_variances", torch.full([components, latentSize], options.InitialLogVariance, torch.float32));
        _logits = MixtureWeights.Logits(options.InitialWeights, components, nameof(options));
        var logits = torch.tensor(_logits, torch.float32);
        if (options.LearnWeights)
            this.RegisterParameter("weight_logits", logits);
        else
            this.RegisterBuffer("weight_logits", logits);
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <summary>Components, M.</summary>
    public long ComponentCount { get; }

    private torch.Tensor Means => get_parameter("means")!;

    private torch.Tensor LogVariances => _range.Clamp(get_parameter("log_variances")!);

    private torch.Tensor LogWeights => (get_parameter("weight_logits") ?? get_buffer("weight_logits")!).log_softmax(-1);

    /// <summary>The weights π as probabilities, <c>[M]</c>, cut from the gradient.</summary>
    public torch.Tensor Weights()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return LogWeights.exp().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override torch.Tensor LogProb(torch.Tensor z)
    {
        var points = new LatentRows(z, LatentSize);
        RequireFiniteLatents(z);
        return EngineError.Of(
            this, z, nameof(z), () => points.Restore(MixtureLogDensity.Of(Means, LogVariances, LogWeights, points.Rows)));
    }

    /// <inheritdoc/>
    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        using var scope = torch.NewDisposeScope();
        return MixtureLogDensity.Sample(Means, LogVariances, LogWeights, count).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override GraphValue WriteTo(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        using var scope = torch.NewDisposeScope();
        var logVariances = graph.Constant(get_parameter("log_variances")!).Clamp(_range);
        return graph.MixtureDraw(graph.Constant(Means), logVariances, LogWeights.exp(), LatentSize);
    }

    /// <summary>The name, M and Z.</summary>
    public override string ToString() => $"{nameof(MixtureOfGaussiansPrior)} {ComponentCount} components, {LatentSize}";

    /// <inheritdoc/>
    protected override void _toEpilog(torch.ScalarType? dtype, torch.Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device, non_blocking);
        if (get_buffer("weight_logits") is not null)
            this.MakeExact("weight_logits", _logits);
    }

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("latent_size", LatentSize)
        .With("components", ComponentCount).With("learn_weights", get_parameter("weight_logits") is not null).With("log_variance", _range);

    internal static MixtureOfGaussiansPrior From(PartOptions options)
    {
        var (latents, components) = (options.WholeNumber("latent_size"), options.WholeNumber("components"));
        options.RequireWeights(latents, components, 2);
        var range = options.Range("log_variance");
        return new(latents, components, new()
        {
            LearnWeights = options.Flag("learn_weights"),
            LogVariance = range,
            // Of weights that the file replaces: any inside the range.
            InitialLogVariance = range?.Minimum ?? 0,
        });
    }

    // A value that starts outside the clamp would never get a gradient.
    private static void RequireInside(MixtureOfGaussiansOptions options)
    {
        var (value, range) = (options.InitialLogVariance, options.LogVariance);
        if (!double.IsFinite(value) || (range is not null && (value < range.Minimum || value > range.Maximum)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), value, FormattableString.Invariant(
                    $"InitialLogVariance must be a finite number inside the range [{range?.Minimum}, {range?.Maximum}]"));
        }
    }
}
