using VaeToolkit.Evaluation;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>What the library's own encoders have in common.</summary>
public sealed record EncoderOptions
{
    /// <summary>The non-linearity between layers; default <see cref="Activation.LeakyReLU"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public Activation Activation { get; init => field = OptionRange.RequireKnown(value, nameof(Activation)); } = Activation.LeakyReLU;

    /// <summary>
    /// The numbers in which a <see cref="MlpEncoder"/> is computed while it is trained; default <see cref="MatrixPrecision.Full"/>.
    /// Other encoders do not read it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public MatrixPrecision Precision { get; init => field = OptionRange.RequireKnown(value, nameof(Precision)); }

    /// <summary>The range of the posterior's log-variance, or null for none; default [−6, 2].</summary>
    public LogVarianceRange? LogVariance { get; init; } = new();
}
