using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// A convolutional encoder for colour pictures: as <see cref="ConvEncoder"/>, with residual blocks x + W₂ a(W₁ a(x)) (3×3 to half of
/// the channels, 1×1 back) after each of its convolutions of stride 2. There is no normalisation, so an item's posterior is its own; a
/// block begins as the identity.
/// </summary>
public sealed class ResidualEncoder : Encoder, IDescribedPart
{
    internal const string PartName = "residual-encoder";

    private readonly ConvolutionalShape _shape;
    private readonly int _blocks;
    private readonly Sequential _trunk;
    private readonly DiagonalNormalHead _head;
    private readonly PartDescription _description;

    /// <summary>Makes the encoder with PyTorch's initial weights.</summary>
    /// <param name="itemShape">Shape of a picture, <c>[C, H, W]</c>, such as 3, 32, 32 or 3, 64, 64.</param>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="channels">
    /// Channels of each convolution; default 32, 64 and 128, and 128 once more where pictures have 64 pixels a side or more.
    /// </param>
    /// <param name="blocks">Residual blocks after each convolution; default 1.</param>
    /// <param name="hidden">Width of the hidden layer; default 256.</param>
    /// <param name="options">Activation and log-variance range; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException">Height or width cannot be halved once a layer, or a list is empty.</exception>
    public ResidualEncoder(
        IReadOnlyList<long> itemShape, long latentSize, IReadOnlyList<long>? channels = null, int blocks = 1,
        long hidden = 256, EncoderOptions? options = null)
        : base(nameof(ResidualEncoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Shape.RequirePositive(blocks, "the number of residual blocks", nameof(blocks));
        Shape.RequirePositive(hidden, "the width of the hidden layer", nameof(hidden));
        _shape = ConvolutionalShape.Of(itemShape, channels ?? ConvolutionalShape.ChannelsFor(itemShape), nameof(itemShape));
        options ??= new();
        (LatentSize, _blocks) = (latentSize, blocks);
        _trunk = ConvolutionalTrunk.Inwards(_shape, hidden, options.Activation, blocks);
        _head = new DiagonalNormalHead(hidden, latentSize, options.LogVariance);
        register_module("trunk", _trunk);
        register_module("head", _head.Linear);
        _description = new PartDescription(PartName).With("item_shape", itemShape).With("latent_size", latentSize)
            .With("channels", _shape.LayerChannels).With("blocks", blocks).With("hidden", hidden)
            .With("activation", options.Activation).With("log_variance", options.LogVariance);
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
        => $"{nameof(ResidualEncoder)} {Shape.Text(_shape.Item)} → {string.Join(" → ", _shape.LayerChannels)} channels, "
            + $"{_blocks} blocks each → 2×{LatentSize}";

    PartDescription IDescribedPart.Describe() => _description;

    internal static ResidualEncoder From(PartOptions options)
    {
        var (item, channels, blocks) = (options.WholeNumbers("item_shape"), options.WholeNumbers("channels"), options.Count("blocks"));
        var (latents, hidden) = (options.WholeNumber("latent_size"), options.WholeNumber("hidden"));
        ConvolutionalShape.RequireWeights(options, item, channels, hidden, blocks);
        options.RequireWeights(hidden, latents);
        return new(item, latents, channels, blocks, hidden, new()
        {
            Activation = options.Choice<Activation>("activation"),
            LogVariance = options.Range("log_variance"),
        });
    }
}
