using VaeToolkit.Evaluation;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>What the library's own decoders have in common.</summary>
public sealed record DecoderOptions
{
    /// <summary>The non-linearity between layers; default <see cref="Activation.LeakyReLU"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public Activation Activation { get; init => field = OptionRange.RequireKnown(value, nameof(Activation)); } = Activation.LeakyReLU;

    /// <summary>
    /// The numbers in which an <see cref="MlpDecoder"/> is computed while it is trained; default <see cref="MatrixPrecision.Full"/>.
    /// Other decoders do not read it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public MatrixPrecision Precision { get; init => field = OptionRange.RequireKnown(value, nameof(Precision)); }
}
