using VaeToolkit.Evaluation;
using VaeToolkit.Networks;

namespace VaeToolkit.DeepSurvival;

/// <summary>The sizes and choices of a <see cref="Savae"/>. The paper does not state its sizes.</summary>
public sealed record SavaeOptions
{
    /// <summary>Latent features Z, at least 1. Default 4.</summary>
    public int LatentSize { get; init; } = 4;

    /// <summary>Widths of the hidden layers of every network, at least one. Default: one layer of 32, as the paper has one layer.</summary>
    public IReadOnlyList<long> Hidden { get; init; } = [32];

    /// <summary>The non-linearity. Default tanh.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public Activation Activation { get; init => field = OptionRange.RequireKnown(value, nameof(Activation)); } = Activation.Tanh;

    /// <summary>
    /// Whether the encoder sees the treatment that was given. Default false, as in the paper. The true posterior depends on it through
    /// p(y|t,z), so true can only tighten the bound.
    /// </summary>
    public bool EncoderSeesTreatment { get; init; }

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);
}
