using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit;

/// <summary>
/// A decoder of token sequences with gated recurrent units: at every place it is given the token before and the latent vector, which also
/// makes its first state. Whole sequences go through the recurrent layers in one call.
/// </summary>
/// <remarks>The units are torch's: the reset gate stands inside the candidate's recurrent term (Cho et al. 2014 have it before).</remarks>
public sealed class RecurrentDecoder : SequenceDecoder, IDescribedPart
{
    internal const string PartName = "recurrent-decoder";

    private readonly RecurrentDecoderOptions _options;
    private readonly Embedding _embedding;
    private readonly Linear _initial;
    private readonly Linear? _places;
    private readonly GRU _recurrent;
    private readonly Linear _head;

    /// <summary>Makes the decoder with PyTorch's initial weights.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="symbolCount">Symbols of the alphabet, A, from 1 to 256.</param>
    /// <param name="length">L, the length of a row: a sequence has at most L − 1 symbols.</param>
    /// <param name="options">Sizes and word dropout; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of its range.</exception>
    public RecurrentDecoder(long latentSize, int symbolCount, int length, RecurrentDecoderOptions? options = null)
        : base(nameof(RecurrentDecoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        TokenRows.RequireSizes(symbolCount, length);
        _options = (options ?? new()).Validated();
        (LatentSize, SymbolCount, Length) = (latentSize, symbolCount, length);
        var (hidden, layers) = (_options.Hidden, _options.Layers);
        _embedding = Embedding(symbolCount + TokenAlphabet.FirstSymbol, _options.EmbeddingSize);
        _initial = Linear(latentSize, layers * hidden);
        _places = _options.PlaceFeatures > 0 ? Linear(latentSize, length * _options.PlaceFeatures) : null;
        _recurrent = GRU(_options.EmbeddingSize + latentSize + _options.PlaceFeatures, hidden, layers);
        _head = Linear(hidden, symbolCount + 1);
        register_module("embedding", _embedding);
        register_module("initial", _initial);
        if (_places is not null)
            register_module("places", _places);
        register_module("recurrent", _recurrent);
        register_module("head", _head);
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override int SymbolCount { get; }

    /// <inheritdoc/>
    public override int Length { get; }

    /// <inheritdoc/>
    public override torch.Tensor Logits(torch.Tensor z, torch.Tensor previous)
    {
        Require(z, previous, axes: 2);
        return EngineError.Of(this, z, nameof(z), () => Pass(
            z, Shown(previous), _initial.forward(z).tanh(), SeenAll(z, previous.shape[1])).Logits);
    }

    /// <inheritdoc/>
    public override torch.Tensor Begin(torch.Tensor z)
    {
        Shape.RequireLastAxis(z, LatentSize, "the latent size", nameof(z));
        return EngineError.Of(this, z, nameof(z),
            () => torch.cat([_initial.forward(z).tanh(), z.new_zeros(z.shape[0], 1)], -1));
    }

    /// <inheritdoc/>
    public override (torch.Tensor Logits, torch.Tensor State) Advance(torch.Tensor z, torch.Tensor state, torch.Tensor previous)
    {
        Require(z, previous, axes: 1);
        Shape.RequireLastAxis(state, _options.Layers * _options.Hidden + 1, "the recurrent layers' units", nameof(state));
        return EngineError.Of(this, z, nameof(z), () =>
        {
            var (units, place) = (state.narrow(1, 0, state.shape[1] - 1), state.narrow(1, state.shape[1] - 1, 1));
            var (logits, next) = Pass(z, previous.unsqueeze(1), units, SeenAt(z, place.squeeze(1).to(torch.int64)));
            return (logits.squeeze(1), torch.cat([next, place + 1], -1));
        });
    }

    /// <summary>The sizes.</summary>
    public override string ToString()
        => $"{nameof(RecurrentDecoder)} {LatentSize} → {_options.Layers} × {_options.Hidden} gated units → "
            + $"at most {Length - 1} of {SymbolCount} symbols";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName)
        .With("latent_size", LatentSize).With("symbols", SymbolCount).With("length", Length).With("hidden", _options.Hidden)
        .With("layers", _options.Layers).With("embedding_size", _options.EmbeddingSize)
        .With("place_features", _options.PlaceFeatures).With("word_dropout", _options.WordDropout)
        .AsUsage("word_dropout");

    internal static RecurrentDecoder From(PartOptions options)
    {
        var (latents, symbols, length) = (options.WholeNumber("latent_size"), options.Count("symbols"), options.Count("length"));
        var made = new RecurrentDecoderOptions
        {
            Hidden = options.Count("hidden"),
            Layers = options.Count("layers"),
            EmbeddingSize = options.Count("embedding_size"),
            PlaceFeatures = options.Count("place_features"),
            WordDropout = options.Number("word_dropout"),
        };
        options.RequireWeights(symbols, made.EmbeddingSize);
        options.RequireWeights(latents, made.Layers, made.Hidden);
        options.RequireWeights(latents, length, made.PlaceFeatures);
        options.RequireWeights(3, made.Layers, made.Hidden, made.Hidden);
        options.RequireWeights(3, made.Hidden, latents);
        options.RequireWeights(3, made.Hidden, made.EmbeddingSize);
        options.RequireWeights(3, made.Hidden, made.PlaceFeatures);
        options.RequireWeights(made.Hidden, symbols);
        return new(latents, symbols, length, made);
    }

    // Time is the first axis, as torch's recurrent layers have it inside.
    private (torch.Tensor Logits, torch.Tensor Units) Pass(torch.Tensor z, torch.Tensor previous, torch.Tensor units, torch.Tensor? seen)
    {
        var tokens = _embedding.forward(previous.t());
        var latents = z.unsqueeze(0).expand(tokens.shape[0], -1, -1);
        var given = torch.cat(seen is null ? [tokens, latents] : [tokens, latents, seen], -1);
        var first = units.reshape(z.shape[0], _options.Layers, _options.Hidden).transpose(0, 1).contiguous();
        var (features, last) = _recurrent.call(given, first);
        return (_head.forward(features).transpose(0, 1), last.transpose(0, 1).reshape(z.shape[0], -1));
    }

    // What the first places see of the latent vectors, [T, N, F].
    private torch.Tensor? SeenAll(torch.Tensor z, long places)
    {
        if (_places is null)
            return null;
        var rows = places * _options.PlaceFeatures;
        var all = functional.linear(z, _places.weight!.narrow(0, 0, rows), _places.bias!.narrow(0, 0, rows));
        return all.reshape(-1, places, _options.PlaceFeatures).transpose(0, 1);
    }

    // What one place, another for every row, sees of the latent vectors, [1, N, F].
    private torch.Tensor? SeenAt(torch.Tensor z, torch.Tensor places)
    {
        if (_places is null)
            return null;
        var weights = _places.weight!.reshape(Length, _options.PlaceFeatures, LatentSize).index_select(0, places);
        var biases = _places.bias!.reshape(Length, _options.PlaceFeatures).index_select(0, places);
        return (weights.bmm(z.unsqueeze(-1)).squeeze(-1) + biases).unsqueeze(0);
    }

    // While training some tokens are hidden: shown as padding, which is never before a token otherwise. The start is always shown.
    private torch.Tensor Shown(torch.Tensor previous)
    {
        if (!training || _options.WordDropout == 0)
            return previous;
        var hidden = (NoiseSource.Uniform(previous.shape, previous.to(torch.float32), itemAxis: 0) < _options.WordDropout)
            .logical_and(previous != TokenAlphabet.Start);
        return previous.masked_fill(hidden, TokenAlphabet.Padding);
    }

    private void Require(torch.Tensor z, torch.Tensor previous, int axes)
    {
        Shape.RequireLastAxis(z, LatentSize, "the latent size", nameof(z));
        ArgumentNullException.ThrowIfNull(previous);
        if (z.Dimensions != 2 || previous.Dimensions != axes || previous.shape[0] != z.shape[0])
            throw new ArgumentException($"previous has shape {Shape.Text(previous)} and z {Shape.Text(z)}; "
                + $"they must be {(axes == 2 ? "[N, T]" : "[N]")} and [N, {LatentSize}]", nameof(previous));
        if (previous.dtype != torch.ScalarType.Int64)
            throw new ArgumentException($"previous is {previous.dtype}; tokens must be int64", nameof(previous));
    }
}
