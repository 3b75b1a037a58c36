using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit;

/// <summary>A fully connected decoder: z → hidden layers → the parameters of a likelihood.</summary>
public sealed class MlpDecoder : Decoder, IDescribedPart
{
    internal const string PartName = "mlp-decoder";

    private readonly Sequential _trunk;
    private readonly Linear _head;
    private readonly ObservationModel _likelihood;
    private readonly long[] _rawShape;
    private readonly MatrixPrecision _precision;
    private readonly string _layers;
    private readonly PartDescription _options;

    /// <summary>Makes the decoder with PyTorch's initial weights.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="hidden">Widths of the hidden layers, at least one.</param>
    /// <param name="likelihood">The likelihood of the items, such as <c>ObservationModel.Bernoulli(784)</c>.</param>
    /// <param name="options">Activation and precision; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="latentSize"/> is below 1.</exception>
    /// <exception cref="ArgumentException"><paramref name="hidden"/> is empty or has a width below 1.</exception>
    public MlpDecoder(long latentSize, IReadOnlyList<long> hidden, ObservationModel likelihood, DecoderOptions? options = null)
        : base(nameof(MlpDecoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Layers.RequireWidths(hidden, nameof(hidden));
        ArgumentNullException.ThrowIfNull(likelihood);
        options ??= new();
        (LatentSize, _likelihood, _precision) = (latentSize, likelihood, options.Precision);
        _rawShape = [likelihood.ItemShape[0] * likelihood.ParametersPerValue, .. likelihood.ItemShape.Skip(1)];
        _trunk = Layers.Dense(latentSize, hidden, options.Activation);
        _head = Linear(hidden[^1], Shape.Size(_rawShape));
        _layers = $"{latentSize} → {string.Join(" → ", hidden)} → {likelihood}";
        register_module("trunk", _trunk);
        register_module("head", _head);
        register_module("likelihood", likelihood);
        _options = new PartDescription(PartName).With("latent_size", latentSize).With("hidden", hidden)
            .With("activation", options.Activation).With("precision", options.Precision).AsUsage("precision");
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _likelihood.ItemShape;

    /// <inheritdoc/>
    public override Likelihood forward(torch.Tensor input)
    {
        var batch = new LatentBatch(input, LatentSize, nameof(input));
        return EngineError.Of(this, input, nameof(input), () => _likelihood.forward(
            batch.Restore(DensePass.Of(_trunk, _head, batch.Rows, _precision), _rawShape)));
    }

    internal override torch.Tensor LogLikelihood(torch.Tensor z, torch.Tensor x, KeptPanels panels)
    {
        var batch = new LatentBatch(z, LatentSize, nameof(z));
        var items = Shape.Flat(x, ItemShape, nameof(x));
        return _likelihood is BernoulliObservationModel
            && FastPaths.BernoulliLogProb(_trunk, _head, batch.Rows, items, panels) is { } densities
            ? batch.Restore(densities) : base.LogLikelihood(z, x, panels);
    }

    /// <inheritdoc/>
    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(z);
        return _likelihood.WriteTo(graph, graph.Layer(_head, graph.Layer(_trunk, z)).Reshape([NetworkGraph.Batch, .. _rawShape]));
    }

    /// <summary>The layers' widths and the likelihood.</summary>
    public override string ToString() => $"{nameof(MlpDecoder)} {_layers}";

    PartDescription IDescribedPart.Describe() => _options.With("likelihood", _likelihood);

    internal static MlpDecoder From(PartOptions options)
    {
        var (latents, hidden) = (options.WholeNumber("latent_size"), options.WholeNumbers("hidden"));
        var likelihood = options.Part<ObservationModel>("likelihood");
        options.RequireDense(latents, hidden, [likelihood.ParametersPerValue, .. likelihood.ItemShape]);
        return new(latents, hidden, likelihood, new()
        {
            Activation = options.Choice<Activation>("activation"),
            Precision = options.Choice<MatrixPrecision>("precision"),
        });
    }
}
