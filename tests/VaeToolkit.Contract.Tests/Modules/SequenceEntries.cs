using TorchSharp;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>The core's modules of token sequences, over three symbols and rows of six tokens.</summary>
internal static class SequenceEntries
{
    /// <summary>The embedding and a layer of gated units of a decoder.</summary>
    public const int NativeParameters = 5;

    private const int Symbols = 3;
    private const int Length = 6;

    // All tokens, an empty sequence, and one of the greatest length among them.
    private static readonly double[] s_rows = [3, 4, 5, 3, 3, 2, 2, 0, 0, 0, 0, 0, 5, 5, 2, 0, 0, 0, 4, 2, 0, 0, 0, 0];

    public static IEnumerable<ModuleEntry> All =>
    [
        ModuleEntry.Of(nameof(SequenceEncoder), Encoder, (encoder, place)
            => ModuleEntry.OfPosterior(encoder.forward(Rows(place)), place)),
        ModuleEntry.Of(nameof(RecurrentDecoder), () => Decoder(), LossOf) with { NativeParameters = NativeParameters },
        ModuleEntry.Of("RecurrentDecoder of two layers", () => Decoder(layers: 2), LossOf) with { NativeParameters = NativeParameters + 4 },
        ModuleEntry.Of("Vae of sequences", SmallVae, (vae, place) =>
        {
            var code = vae.Encode(Rows(place)).Mean;
            return (vae.Encode(Rows(place)).LogProb(code) - vae.Prior.LogProb(code) - vae.Decode(code).LogProb(Rows(place))).mean();
        }) with { NativeParameters = NativeParameters },
    ];

    /// <summary>Rows of tokens <c>[4, 6]</c>.</summary>
    public static torch.Tensor Rows(Place place) => place.Tensor(s_rows, 4, Length);

    /// <summary>A small VAE over them.</summary>
    public static Vae SmallVae() => new(Encoder(), Decoder(), new StandardNormalPrior(2));

    /// <summary>A small decoder of them; nothing is hidden from it, so that its loss draws nothing.</summary>
    public static RecurrentDecoder Decoder(int layers = 1) => new(2, Symbols, Length, new()
    {
        Hidden = 5,
        Layers = layers,
        EmbeddingSize = 4,
        PlaceFeatures = 3,
        WordDropout = 0,
    });

    private static SequenceEncoder Encoder() => new(Symbols, Length, 2, new() { Channels = [4, 3], Widths = [3, 2], Hidden = 5 });

    private static torch.Tensor LossOf(RecurrentDecoder decoder, Place place)
        => -decoder.forward(place.Centred(4, 2)).LogProb(Rows(place)).mean();
}
