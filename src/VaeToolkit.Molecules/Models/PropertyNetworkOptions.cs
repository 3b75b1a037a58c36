using VaeToolkit.Evaluation;
using VaeToolkit.Networks;

namespace VaeToolkit.Molecules;

/// <summary>
/// Options of <see cref="PropertyNetwork"/>; by default those of Gómez-Bombarelli et al. (2018), without batch normalisation.
/// </summary>
public sealed record PropertyNetworkOptions
{
    /// <summary>Widths of the hidden layers, at least one; default 67, 66 and 65.</summary>
    public IReadOnlyList<long> Hidden { get; init; } = [67, 66, 65];

    /// <summary>The non-linearity; default <see cref="Activation.Tanh"/>.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>The share of hidden units that are set to 0 while training, from 0 to below 1; default 0.157.</summary>
    public double Dropout { get; init; } = 0.157;

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);

    internal PropertyNetworkOptions Validated()
    {
        Layers.RequireWidths(Hidden, nameof(Hidden));
        OptionRange.RequireKnown(Activation, nameof(Activation));
        return Dropout is >= 0 and < 1
            ? this
            : throw new ArgumentOutOfRangeException(nameof(Dropout), Dropout, "Dropout must be from 0 to below 1");
    }
}
