using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// A fully connected encoder: x → hidden layers → (μ, log σ²) of a diagonal normal posterior. Items of any shape are flattened.
/// </summary>
public sealed class MlpEncoder : Encoder, IDescribedPart
{
    internal const string PartName = "mlp-encoder";

    private readonly Sequential _trunk;
    private readonly DiagonalNormalHead _head;
    private readonly long _inputSize;
    private readonly MatrixPrecision _precision;
    private readonly string _layers;
    private readonly PartDescription _description;

    /// <summary>Makes the encoder with PyTorch's initial weights.</summary>
    /// <param name="inputSize">Values in an item, D.</param>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="hidden">Widths of the hidden layers, at least one.</param>
    /// <param name="options">Activation, log-variance range and precision; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException"><paramref name="hidden"/> is empty or has a width below 1,
    /// or the log-variance range is empty.</exception>
    public MlpEncoder(long inputSize, long latentSize, IReadOnlyList<long> hidden, EncoderOptions? options = null)
        : base(nameof(MlpEncoder))
    {
        Shape.RequirePositive(inputSize, "the input size", nameof(inputSize));
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Layers.RequireWidths(hidden, nameof(hidden));
        options ??= new();
        (_inputSize, LatentSize, _precision) = (inputSize, latentSize, options.Precision);
        _trunk = Layers.Dense(inputSize, hidden, options.Activation);
        _head = new DiagonalNormalHead(hidden[^1], latentSize, options.LogVariance);
        register_module("trunk", _trunk);
        register_module("head", _head.Linear);
        _layers = $"{inputSize} → {string.Join(" → ", hidden)} → 2×{latentSize}";
        _description = new PartDescription(PartName).With("input_size", inputSize).With("latent_size", latentSize)
            .With("hidden", hidden).With("activation", options.Activation).With("precision", options.Precision)
            .With("log_variance", options.LogVariance).AsUsage("precision");
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override Posterior forward(torch.Tensor input)
    {
        var rows = Shape.Flat(input, _inputSize, nameof(input));
        return EngineError.Of(this, rows, nameof(input), () => _head.Split(DensePass.Of(_trunk, _head.Linear, rows, _precision)));
    }

    /// <inheritdoc/>
    public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(items);
        return _head.WriteTo(graph, graph.Layer(_trunk, items.Reshape(NetworkGraph.Batch, _inputSize)));
    }

    /// <summary>The layers' widths.</summary>
    public override string ToString() => $"{nameof(MlpEncoder)} {_layers}";

    PartDescription IDescribedPart.Describe() => _description;

    internal static MlpEncoder From(PartOptions options)
    {
        var (inputs, latents, hidden)
            = (options.WholeNumber("input_size"), options.WholeNumber("latent_size"), options.WholeNumbers("hidden"));
        options.RequireDense(inputs, hidden, latents);
        return new(inputs, latents, hidden, new()
        {
            Activation = options.Choice<Activation>("activation"),
            Precision = options.Choice<MatrixPrecision>("precision"),
            LogVariance = options.Range("log_variance"),
        });
    }
}
