using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// A normalising-flow prior of affine coupling layers, RealNVP (Dinh et al. 2017): z = f_L(… f_1(u)) with u ~ N(0, I), so that
/// log p(z) = log N(f⁻¹(z); 0, I) + log |det ∂f⁻¹/∂z| exactly. It starts close to N(0, I). Saved keys:
/// <c>coupling1.trunk.fc1.weight</c>, …, <c>coupling1.head.bias</c>, <c>coupling2</c>, …. It has no closed-form divergence.
/// </summary>
public sealed class RealNvpPrior : Prior, IDescribedPart
{
    internal const string PartName = "real-nvp";

    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);
    private readonly AffineCoupling[] _couplings;
    private readonly string _hidden;
    private readonly PartDescription _description;

    /// <summary>Makes the prior.</summary>
    /// <param name="latentSize">Latent features, Z, at least 2: a coupling layer changes some features given the others.</param>
    /// <param name="couplingLayers">Coupling layers, at least 2, usually 4 to 8. The masks take turns:
    /// even and odd features, then the halves.</param>
    /// <param name="hidden">Widths of the hidden layers of each coupling's network; null for two of 128.</param>
    /// <param name="options">Activation and limit; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">Z or the number of layers is below 2,
    /// or the limit is not a positive number.</exception>
    /// <exception cref="ArgumentException"><paramref name="hidden"/> is empty or has a width below 1.</exception>
    public RealNvpPrior(long latentSize, int couplingLayers = 6, IReadOnlyList<long>? hidden = null, RealNvpOptions? options = null)
        : base(nameof(RealNvpPrior))
    {
        if (latentSize < 2)
            throw new ArgumentOutOfRangeException(nameof(latentSize), latentSize,
                "the latent size must be at least 2: a coupling layer changes some features given the others");
        if (couplingLayers < 2)
            throw new ArgumentOutOfRangeException(
                nameof(couplingLayers), couplingLayers, "there must be at least 2 coupling layers, or some features are never changed");
        hidden = Layers.RequireWidths(hidden ?? [128, 128], nameof(hidden));
        options ??= new();
        if (!(options.ScaleLimit > 0 && double.IsFinite(options.ScaleLimit)))
            throw new ArgumentOutOfRangeException(nameof(options), options.ScaleLimit, "ScaleLimit must be a number above 0");
        (LatentSize, _hidden) = (latentSize, string.Join(", ", hidden));
        _couplings = [.. Enumerable.Range(0, couplingLayers).Select(layer => new AffineCoupling(Mask(latentSize, layer), hidden, options))];
        _description = new PartDescription(PartName).With("latent_size", latentSize).With("coupling_layers", couplingLayers)
            .With("hidden", hidden).With("activation", options.Activation).With("scale_limit", options.ScaleLimit);
        for (var layer = 0; layer < couplingLayers; layer++)
            register_module($"coupling{layer + 1}", _couplings[layer]);
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    /// <exception cref="ArithmeticException">A latent vector is so large that its density is NaN.</exception>
    public override torch.Tensor LogProb(torch.Tensor z)
    {
        var points = new LatentRows(z, LatentSize);
        RequireFiniteLatents(z);
        var density = EngineError.Of(this, z, nameof(z), () =>
        {
            var (u, logDeterminant) = Inverse(points.Rows);
            return points.Restore(((ItemSum.InDouble(u.square()) + LatentSize * s_logTwoPi) * -0.5 + logDeterminant).to(u.dtype));
        });
        // Of latent vectors near the end of their type's range the coupling layers make infinities of both signs.
        return RequireFiniteDensity(density, z);
    }

    /// <inheritdoc/>
    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var weight = parameters().First();
        var noise = torch.randn([count, LatentSize], dtype: weight.dtype, device: weight.device, generator: NoiseSource.OfThisThread);
        return Forward(noise).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override GraphValue WriteTo(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return _couplings.Aggregate(graph.NormalNoise(LatentSize), (rows, coupling) => coupling.WriteTo(graph, rows));
    }

    /// <summary>The name, the layers and Z.</summary>
    public override string ToString() => $"{nameof(RealNvpPrior)} {_couplings.Length} couplings [{_hidden}], {LatentSize}";

    PartDescription IDescribedPart.Describe() => _description;

    internal static RealNvpPrior From(PartOptions options)
    {
        var (latents, layers, hidden)
            = (options.WholeNumber("latent_size"), options.Count("coupling_layers"), options.WholeNumbers("hidden"));
        options.RequireWeights(layers, latents, hidden.Count == 0 ? 1 : hidden.Min());
        options.RequireDense(latents, hidden, latents);
        return new(latents, layers, hidden, new()
        {
            Activation = options.Choice<Activation>("activation"),
            ScaleLimit = options.Number("scale_limit"),
        });
    }

    /// <summary>From the base to the latent space, rows <c>[N, Z]</c>.</summary>
    internal torch.Tensor Forward(torch.Tensor u) => _couplings.Aggregate(u, (rows, coupling) => coupling.Forward(rows));

    /// <summary>From the latent space to the base, rows <c>[N, Z]</c>, with this direction's log-determinant <c>[N]</c>, float64.</summary>
    internal (torch.Tensor U, torch.Tensor LogDeterminant) Inverse(torch.Tensor z)
    {
        torch.Tensor? logDeterminant = null;
        foreach (var coupling in _couplings.Reverse())
        {
            (z, var part) = coupling.Inverse(z);
            logDeterminant = logDeterminant is null ? part : logDeterminant + part;
        }
        return (z, logDeterminant!);
    }

    private static bool[] Mask(long latentSize, int layer)
    {
        var byParity = layer % 4 < 2;
        var passing = layer % 2;
        return [.. Enumerable.Range(0, (int)latentSize).Select(i => (byParity ? i % 2 : i < latentSize / 2 ? 0 : 1) == passing)];
    }
}
