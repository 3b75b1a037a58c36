using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit;

/// <summary>
/// A convolutional encoder of token sequences: tokens one-hot (padding is all zeros), convolutions along the sequence, one dense layer,
/// and (μ, log σ²) of a diagonal normal posterior (Gómez-Bombarelli et al. 2018, without their batch normalisation).
/// </summary>
public sealed class SequenceEncoder : Encoder, IDescribedPart
{
    internal const string PartName = "sequence-encoder";

    private readonly SequenceEncoderOptions _options;
    private readonly Sequential _trunk;
    private readonly DiagonalNormalHead _head;

    /// <summary>Makes the encoder with PyTorch's initial weights.</summary>
    /// <param name="symbolCount">Symbols of the alphabet, A, from 1 to 256.</param>
    /// <param name="length">L, the length of a row: a sequence has at most L − 1 symbols.</param>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="options">Sizes and activation; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of its range.</exception>
    /// <exception cref="ArgumentException">Convolutions are without a width, or see more places than a row has.</exception>
    public SequenceEncoder(int symbolCount, int length, long latentSize, SequenceEncoderOptions? options = null)
        : base(nameof(SequenceEncoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        TokenRows.RequireSizes(symbolCount, length);
        _options = (options ?? new()).Validated(length);
        (LatentSize, SymbolCount, Length) = (latentSize, symbolCount, length);
        _trunk = Trunk();
        _head = new DiagonalNormalHead(_options.Hidden, latentSize, _options.LogVariance);
        register_module("trunk", _trunk);
        register_module("head", _head.Linear);
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <summary>Number of symbols A of the alphabet.</summary>
    public int SymbolCount { get; }

    /// <summary>The length L of a row.</summary>
    public int Length { get; }

    /// <summary>q(z|x) of sequences.</summary>
    /// <param name="input">Rows of tokens <c>[N, L]</c>, such as <see cref="TokenAlphabet.Rows"/>.</param>
    public override Posterior forward(torch.Tensor input)
    {
        Shape.RequireItems(input, [Length], nameof(input));
        return EngineError.Of(this, input, nameof(input), () => _head.Posterior(
            _trunk.forward(TokenRows.OneHot(input.reshape(-1, Length), SymbolCount).transpose(1, 2))));
    }

    internal override void RequireReadable(torch.Tensor items, string name)
    {
        if (items.device_type != DeviceType.META)
            TokenRows.RequireTokens(items.flatten(1), SymbolCount, name);
    }

    /// <summary>The sizes.</summary>
    public override string ToString()
        => $"{nameof(SequenceEncoder)} {Length} × {SymbolCount + 1} → {Shape.Text(_options.Channels)} channels"
            + $" → {_options.Hidden} → 2×{LatentSize}";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName)
        .With("symbols", SymbolCount).With("length", Length).With("latent_size", LatentSize).With("channels", _options.Channels)
        .With("widths", _options.Widths).With("hidden", _options.Hidden).With("activation", _options.Activation)
        .With("log_variance", _options.LogVariance);

    internal static SequenceEncoder From(PartOptions options)
    {
        var (symbols, length, latents) = (options.Count("symbols"), options.Count("length"), options.WholeNumber("latent_size"));
        var made = new SequenceEncoderOptions
        {
            Channels = options.WholeNumbers("channels"),
            Widths = options.WholeNumbers("widths"),
            Hidden = options.Count("hidden"),
            Activation = options.Choice<Activation>("activation"),
            LogVariance = options.Range("log_variance"),
        }.Validated(length);
        long inputs = symbols + 1;
        foreach (var (channels, width) in made.Channels.Zip(made.Widths))
        {
            options.RequireWeights(inputs, channels, width);
            inputs = channels;
        }
        options.RequireDense(inputs * Places(made, length), [made.Hidden], 2, latents);
        return new(symbols, length, latents, made);
    }

    private static long Places(SequenceEncoderOptions options, int length) => length - options.Widths.Sum() + options.Widths.Count;

    private Sequential Trunk()
    {
        // A convolution of TorchSharp leaves a tensor to the finalizer where there is no scope.
        using var scope = torch.NewDisposeScope();
        var layers = new List<(string, Module<torch.Tensor, torch.Tensor>)>();
        long inputs = SymbolCount + 1;
        foreach (var (channels, width) in _options.Channels.Zip(_options.Widths))
        {
            var number = layers.Count / 2 + 1;
            layers.Add(($"conv{number}", Conv1d(inputs, channels, width)));
            layers.Add(($"act{number}", Layers.Create(_options.Activation)));
            inputs = channels;
        }
        layers.Add(("flatten", Flatten()));
        layers.Add(("fc", Linear(inputs * Places(_options, Length), _options.Hidden)));
        layers.Add(("act", Layers.Create(_options.Activation)));
        return Sequential(layers);
    }
}
