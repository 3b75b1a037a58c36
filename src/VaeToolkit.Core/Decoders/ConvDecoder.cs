using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// A convolutional decoder for pictures, the mirror of <see cref="ConvEncoder"/>: two linear layers, then 4×4 transposed
/// convolutions of stride 2, each doubling height and width.
/// </summary>
public sealed class ConvDecoder : Decoder, IDescribedPart
{
    internal const string PartName = "conv-decoder";

    private readonly ConvolutionalShape _shape;
    private readonly Sequential _trunk;
    private readonly ObservationModel _likelihood;
    private readonly PartDescription _options;

    /// <summary>Makes the decoder with PyTorch's initial weights.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="likelihood">The likelihood of pictures <c>[C, H, W]</c>, such as <c>ObservationModel.Bernoulli(1, 28, 28)</c>.</param>
    /// <param name="channels">Channels of each layer from the outside in; default 32 and 64, as the encoder's.</param>
    /// <param name="hidden">Width of the hidden layer; default 256.</param>
    /// <param name="options">Activation; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException">Height or width cannot be halved once a layer, or a list is empty.</exception>
    public ConvDecoder(
        long latentSize, ObservationModel likelihood, IReadOnlyList<long>? channels = null,
        long hidden = 256, DecoderOptions? options = null)
        : base(nameof(ConvDecoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Shape.RequirePositive(hidden, "the width of the hidden layer", nameof(hidden));
        ArgumentNullException.ThrowIfNull(likelihood);
        _shape = ConvolutionalShape.Of(likelihood.ItemShape, channels ?? [32, 64], nameof(likelihood));
        options ??= new();
        (LatentSize, _likelihood) = (latentSize, likelihood);
        _trunk = ConvolutionalTrunk.Outwards(_shape, LatentSize, hidden, likelihood.ParametersPerValue, options.Activation);
        register_module("trunk", _trunk);
        register_module("likelihood", likelihood);
        _options = new PartDescription(PartName).With("latent_size", latentSize).With("channels", _shape.LayerChannels)
            .With("hidden", hidden).With("activation", options.Activation).With("precision", options.Precision).AsUsage("precision");
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
        => $"{nameof(ConvDecoder)} {LatentSize} → {string.Join(" → ", _shape.LayerChannels.Reverse())} channels → {_likelihood}";

    PartDescription IDescribedPart.Describe() => _options.With("likelihood", _likelihood);

    internal static ConvDecoder From(PartOptions options)
    {
        var (latents, channels, hidden)
            = (options.WholeNumber("latent_size"), options.WholeNumbers("channels"), options.WholeNumber("hidden"));
        var likelihood = options.Part<ObservationModel>("likelihood");
        ConvolutionalShape.RequireWeights(options, likelihood.ItemShape, channels, hidden, 0, likelihood.ParametersPerValue);
        options.RequireWeights(latents, hidden);
        return new(latents, likelihood, channels, hidden, new()
        {
            Activation = options.Choice<Activation>("activation"),
            Precision = options.Choice<MatrixPrecision>("precision"),
        });
    }
}
