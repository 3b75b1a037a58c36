using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// A convolutional encoder for pictures: 4×4 convolutions of stride 2, each halving height and width, one hidden layer, and
/// (μ, log σ²) of a diagonal normal posterior. With two layers it takes 28×28, 32×32 and every size divisible by 4.
/// </summary>
public sealed class ConvEncoder : Encoder, IDescribedPart
{
    internal const string PartName = "conv-encoder";

    private readonly ConvolutionalShape _shape;
    private readonly Sequential _trunk;
    private readonly DiagonalNormalHead _head;
    private readonly PartDescription _description;

    /// <summary>Makes the encoder with PyTorch's initial weights.</summary>
    /// <param name="itemShape">Shape of a picture, <c>[C, H, W]</c>.</param>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="channels">Channels of each convolution; default 32 and 64.</param>
    /// <param name="hidden">Width of the hidden layer; default 256.</param>
    /// <param name="options">Activation and log-variance range; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException">Height or width cannot be halved once a layer, or a list is empty.</exception>
    public ConvEncoder(
        IReadOnlyList<long> itemShape, long latentSize, IReadOnlyList<long>? channels = null,
        long hidden = 256, EncoderOptions? options = null)
        : base(nameof(ConvEncoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Shape.RequirePositive(hidden, "the width of the hidden layer", nameof(hidden));
        _shape = ConvolutionalShape.Of(itemShape, channels ?? [32, 64], nameof(itemShape));
        options ??= new();
        LatentSize = latentSize;
        _trunk = ConvolutionalTrunk.Inwards(_shape, hidden, options.Activation);
        _head = new DiagonalNormalHead(hidden, latentSize, options.LogVariance);
        register_module("trunk", _trunk);
        register_module("head", _head.Linear);
        _description = new PartDescription(PartName).With("item_shape", itemShape).With("latent_size", latentSize)
            .With("channels", _shape.LayerChannels).With("hidden", hidden).With("activation", options.Activation)
            .With("precision", options.Precision).With("log_variance", options.LogVariance).AsUsage("precision");
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override Posterior forward(torch.Tensor input)
    {
        Shape.RequireItems(input, _shape.Item, nameof(input));
        return EngineError.Of(this, input, nameof(input), () => _head.Posterior(_trunk.forward(input.reshape([-1, .. _shape.Item]))));
    }

    /// <inheritdoc/>
    public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(items);
        return _head.WriteTo(graph, graph.Layer(_trunk, items.Reshape([NetworkGraph.Batch, .. _shape.Item])));
    }

    /// <summary>The layers' widths.</summary>
    public override string ToString()
        => $"{nameof(ConvEncoder)} {Shape.Text(_shape.Item)} → "
            + $"{string.Join(" → ", _shape.LayerChannels)} channels → 2×{LatentSize}";

    PartDescription IDescribedPart.Describe() => _description;

    internal static ConvEncoder From(PartOptions options)
    {
        var (item, channels) = (options.WholeNumbers("item_shape"), options.WholeNumbers("channels"));
        var (latents, hidden) = (options.WholeNumber("latent_size"), options.WholeNumber("hidden"));
        ConvolutionalShape.RequireWeights(options, item, channels, hidden);
        options.RequireWeights(hidden, latents);
        return new(item, latents, channels, hidden, new()
        {
            Activation = options.Choice<Activation>("activation"),
            Precision = options.Choice<MatrixPrecision>("precision"),
            LogVariance = options.Range("log_variance"),
        });
    }
}
