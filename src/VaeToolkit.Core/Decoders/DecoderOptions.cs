using VaeToolkit.Networks;

namespace VaeToolkit.Decoders;

/// <summary>What the library's own decoders have in common.</summary>
public sealed record DecoderOptions
{
    /// <summary>The non-linearity between layers; default <see cref="Activation.LeakyReLU"/>.</summary>
    public Activation Activation { get; init; } = Activation.LeakyReLU;
}
