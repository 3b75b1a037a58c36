using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// A convolutional decoder for colour pictures, the mirror of <see cref="ResidualEncoder"/>: two linear layers, then residual blocks and a
/// 4×4 transposed convolution of stride 2 in turn, each doubling height and width.
/// </summary>
public sealed class ResidualDecoder : Decoder, IDescribedPart
{
    internal const string PartName = "residual-decoder";

    private readonly ConvolutionalShape _shape;
    private readonly int _blocks;
    private readonly Sequential _trunk;
    private readonly ObservationModel _likelihood;
    private readonly PartDescription _options;

    /// <summary>Makes the decoder with PyTorch's initial weights.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="likelihood">The likelihood of pictures, such as <c>ObservationModel.DiscretisedLogistic(3, 32, 32)</c>.</param>
    /// <param name="channels">
    /// Channels of each layer from the outside in; default 32, 64 and 128, and 128 once more where pictures have 64 pixels a side or more.
    /// </param>
    /// <param name="blocks">Residual blocks before each transposed convolution; default 1.</param>
    /// <param name="hidden">Width of the hidden layer; default 256.</param>
    /// <param name="options">Activation; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException">Height or width cannot be halved once a layer, or a list is empty.</exception>
    public ResidualDecoder(
        long latentSize, ObservationModel likelihood, IReadOnlyList<long>? channels = null, int blocks = 1,
        long hidden = 256, DecoderOptions? options = null)
        : base(nameof(ResidualDecoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Shape.RequirePositive(blocks, "the number of residual blocks", nameof(blocks));
        Shape.RequirePositive(hidden, "the width of the hidden layer", nameof(hidden));
        ArgumentNullException.ThrowIfNull(likelihood);
        _shape = ConvolutionalShape.Of(
            likelihood.ItemShape, channels ?? ConvolutionalShape.ChannelsFor(likelihood.ItemShape), nameof(likelihood));
        options ??= new();
        (LatentSize, _likelihood, _blocks) = (latentSize, likelihood, blocks);
        _trunk = ConvolutionalTrunk.Outwards(_shape, latentSize, hidden, likelihood.ParametersPerValue, options.Activation, blocks);
        register_module("trunk", _trunk);
        register_module("likelihood", likelihood);
        _options = new PartDescription(PartName).With("latent_size", latentSize).With("channels", _shape.LayerChannels)
            .With("blocks", blocks).With("hidden", hidden).With("activation", options.Activation);
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _likelihood.ItemShape;

    /// <inheritdoc/>
    public override Likelihood forward(torch.Tensor input)
    {
        var batch = new LatentBatch(input, LatentSize, nameof(input));
        return EngineError.Of(this, input, nameof(input), () =>
        {
            var raw = _trunk.forward(batch.Rows);
            return _likelihood.forward(batch.Restore(raw, raw.shape.AsSpan(1)));
        });
    }

    /// <inheritdoc/>
    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(z);
        return _likelihood.WriteTo(graph, graph.Layer(_trunk, z));
    }

    /// <summary>The layers' widths and the likelihood.</summary>
    public override string ToString()
        => $"{nameof(ResidualDecoder)} {LatentSize} → {string.Join(" → ", _shape.LayerChannels.Reverse())} channels, "
            + $"{_blocks} blocks each → {_likelihood}";

    PartDescription IDescribedPart.Describe() => _options.With("likelihood", _likelihood);

    internal static ResidualDecoder From(PartOptions options)
    {
        var (channels, blocks) = (options.WholeNumbers("channels"), options.Count("blocks"));
        var (latents, hidden) = (options.WholeNumber("latent_size"), options.WholeNumber("hidden"));
        var likelihood = options.Part<ObservationModel>("likelihood");
        ConvolutionalShape.RequireWeights(options, likelihood.ItemShape, channels, hidden, blocks, likelihood.ParametersPerValue);
        options.RequireWeights(latents, hidden);
        return new(
            latents, likelihood, channels, blocks, hidden, new() { Activation = options.Choice<Activation>("activation") });
    }
}
