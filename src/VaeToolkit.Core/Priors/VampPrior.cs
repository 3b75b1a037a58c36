using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// The variational mixture of posteriors, p(z) = Σ_m π_m q(z|u_m), with M learned pseudo-inputs u_m that go through the model's own
/// encoder (Tomczak &amp; Welling 2018, eq. 9). Saved keys: <c>pseudo_inputs</c> <c>[M, *item]</c> and, when learned,
/// <c>weight_logits</c> <c>[M]</c>. It has no closed-form divergence.
/// </summary>
/// <remarks>
/// The encoder is shared with the <see cref="Vae"/> and stays the Vae's: it is not registered here, so it is saved once, and moving or
/// disposing this prior leaves it alone. Its gradient flows through the prior as well. Give the same encoder to both: another one would be
/// neither trained nor saved.
/// </remarks>
public sealed class VampPrior : Prior, IDescribedPart
{
    internal const string PartName = "vamp-prior";

    private const double RoundingOfRange = 1e-5;

    [ThreadStatic]
    private static (VampPrior Owner, DiagonalNormal Components)? s_given;

    private readonly VampPriorOptions _options;
    private readonly long[] _inputShape;

    /// <summary>Makes the prior; initial noise is drawn from TorchSharp's default generator.</summary>
    /// <param name="encoder">The model's encoder; its posterior must be a <see cref="DiagonalNormal"/>.</param>
    /// <param name="pseudoInputShape">Shape of one item, such as <c>[784]</c> or <c>[1, 28, 28]</c>.</param>
    /// <param name="components">Pseudo-inputs, M.</param>
    /// <param name="options">Initial values, range and weights; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="components"/> is below 1,
    /// or an option is out of its range.</exception>
    /// <exception cref="ArgumentException">
    /// The shape does not fit the encoder, the initial inputs do not fit the shape or lie outside the range,
    /// or the encoder's posterior is of another kind.
    /// </exception>
    public VampPrior(Encoder encoder, IReadOnlyList<long> pseudoInputShape, long components, VampPriorOptions? options = null)
        : base(nameof(VampPrior))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        _inputShape = Shape.RequireItemShape(pseudoInputShape, nameof(pseudoInputShape));
        Shape.RequirePositive(components, "the number of pseudo-inputs M", nameof(components));
        _options = options ?? new();
        (Encoder, ComponentCount) = (encoder, components);
        using var scope = torch.NewDisposeScope();
        // Of the encoder's type and where it is: a model whose parts were moved before it was put together.
        var inputs = PseudoInputStart.Of(_options, [components, .. _inputShape], nameof(options)).ToWeightsOf(encoder);
        RequireNormal(TryEncode(encoder, inputs, nameof(pseudoInputShape)), nameof(encoder));
        this.RegisterParameter("pseudo_inputs", inputs);
        if (_options.LearnWeights)
            this.RegisterParameter("weight_logits", torch.zeros(components).ToWeightsOf(encoder));
    }

    /// <summary>The encoder that is shared with the model; it is not registered here.</summary>
    public Encoder Encoder { get; }

    /// <inheritdoc/>
    public override long LatentSize => Encoder.LatentSize;

    /// <inheritdoc/>
    public override void RequireFits(Encoder encoder)
    {
        if (!ReferenceEquals(encoder, Encoder))
            throw new ArgumentException(
                "the VampPrior was made from another encoder than the model's; give both the same object", nameof(encoder));
    }

    /// <summary>Pseudo-inputs, M.</summary>
    public long ComponentCount { get; }

    /// <summary>The pseudo-inputs as the encoder gets them, inside the range: <c>[M, *item]</c>. Gradients reach the parameter.</summary>
    public torch.Tensor PseudoInputs() => InRange(Learned);

    /// <inheritdoc/>
    public override torch.Tensor LogProb(torch.Tensor z)
    {
        var points = new LatentRows(z, LatentSize);
        RequireFiniteLatents(z);
        return EngineError.Of(this, z, nameof(z), () =>
        {
            var components = Components();
            return points.Restore(
                MixtureLogDensity.Of(components.Mean, components.LogVariance, LogWeights(components.Mean), points.Rows));
        });
    }

    /// <inheritdoc/>
    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var components = Components();
        return MixtureLogDensity.Sample(components.Mean, components.LogVariance, LogWeights(components.Mean), count)
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override GraphValue WriteTo(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        using var scope = torch.NewDisposeScope();
        // The graph runs the encoder on the pseudo-inputs, in evaluation mode whatever mode it is in; an engine does so once, at loading.
        var inputs = PseudoInputs();
        var components = Encoder.WriteTo(graph, graph.Constant(inputs));
        return graph.MixtureDraw(components.Mean, components.LogVariance, LogWeights(inputs).exp(), LatentSize);
    }

    /// <summary>The name, M and Z.</summary>
    public override string ToString() => $"{nameof(VampPrior)} {ComponentCount} pseudo-inputs {Shape.Text(_inputShape)}, {LatentSize}";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("pseudo_input_shape", _inputShape)
        .With("components", ComponentCount).With("learn_weights", _options.LearnWeights).With("keep_in_range", _options.KeepInRange)
        .With("minimum", _options.Minimum).With("maximum", _options.Maximum);

    internal static VampPrior From(PartOptions options)
    {
        var (shape, components) = (options.WholeNumbers("pseudo_input_shape"), options.WholeNumber("components"));
        options.RequireWeights([components, .. shape]);
        return new(options.Given<Encoder>(), shape, components, new()
        {
            LearnWeights = options.Flag("learn_weights"),
            KeepInRange = options.Flag("keep_in_range"),
            Minimum = options.Number("minimum"),
            Maximum = options.Number("maximum"),
        });
    }

    /// <summary>The pseudo-inputs before they are brought into the range, as optimisers see them.</summary>
    internal Parameter Learned => get_parameter("pseudo_inputs")!;

    /// <summary>Some of the pseudo-inputs as the encoder gets them, as a leaf of torch's graph.</summary>
    internal torch.Tensor PseudoInputs(long start, long count)
    {
        var inputs = InRange(Learned.detach().narrow(0, start, count));
        inputs.requires_grad = Learned.requires_grad;
        return inputs;
    }

    /// <summary>q(z|u) of these.</summary>
    internal DiagonalNormal Components(torch.Tensor inputs) => (DiagonalNormal)Encoder.forward(inputs);

    /// <summary>
    /// Lets this prior, on this thread, take its components to be these instead of encoding the pseudo-inputs, until disposed.
    /// </summary>
    internal IDisposable Use(DiagonalNormal components)
    {
        s_given = (this, components);
        return new Loan();
    }

    private DiagonalNormal Components()
    {
        if (s_given is var (owner, given) && owner == this)
            return given;
        // Pseudo-inputs are no items of the batch: all ranks that divide it draw the same for them.
        using var common = NoiseSource.ForAllItems();
        return (DiagonalNormal)Encoder.forward(PseudoInputs());
    }

    /// <summary>Why pseudo-inputs cannot become items with values from one number to another, or null when they can.</summary>
    internal string? ExplainOutOfReach(double least, double most)
    {
        var rounding = RoundingOfRange * (_options.Maximum - _options.Minimum);
        return !_options.KeepInRange || !(least < _options.Minimum - rounding || most > _options.Maximum + rounding) ? null
            : FormattableString.Invariant($"lie in [{least:G6}, {most:G6}], but the VampPrior keeps its pseudo-inputs in ")
                + FormattableString.Invariant($"[{_options.Minimum:G6}, {_options.Maximum:G6}], so none can be like such an item; ")
                + "set Minimum and Maximum of its options to the data's range, or KeepInRange to false";
    }

    private torch.Tensor InRange(torch.Tensor inputs)
        => _options.KeepInRange ? inputs.clamp(_options.Minimum, _options.Maximum) : inputs.alias();

    private torch.Tensor LogWeights(torch.Tensor like)
        => get_parameter("weight_logits")?.log_softmax(-1)
            ?? torch.full([ComponentCount], -Math.Log(ComponentCount), like.dtype, like.device);

    // One pseudo-input goes through now, so that a wrong shape is found here and not in the middle of training.
    private static Posterior TryEncode(Encoder encoder, torch.Tensor inputs, string name)
    {
        using var mode = EvaluationMode.Enter(encoder);
        var one = inputs.narrow(0, 0, 1);
        try
        {
            return EngineError.Of(encoder, one, name, () => encoder.forward(one));
        }
        catch (ArgumentException refusal)
        {
            throw new ArgumentException(
                $"pseudo-inputs of shape {Shape.Text(one.shape[1..])} do not fit the encoder: {refusal.Message}", name, refusal);
        }
    }

    private static void RequireNormal(Posterior posterior, string name)
    {
        if (posterior is not DiagonalNormal)
            throw new ArgumentException(
                $"the encoder's posterior is a {posterior.GetType().Name}; it must be a {nameof(DiagonalNormal)}", name);
    }

    private sealed class Loan : IDisposable
    {
        public void Dispose() => s_given = null;
    }
}
