using VaeToolkit.Evaluation;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>
/// Options of <see cref="SequenceEncoder"/>; by default the sizes that the reference code of Gómez-Bombarelli et al. (2018) comes to.
/// </summary>
public sealed record SequenceEncoderOptions
{
    /// <summary>Channels of each convolution, at least one convolution; default 9, 9 and 10.</summary>
    public IReadOnlyList<long> Channels { get; init; } = [9, 9, 10];

    /// <summary>Places that each convolution sees, one number for each of <see cref="Channels"/>; default 9, 9 and 11.</summary>
    public IReadOnlyList<long> Widths { get; init; } = [9, 9, 11];

    /// <summary>Units of the dense layer after them, at least 1; default 196.</summary>
    public int Hidden { get; init; } = 196;

    /// <summary>The non-linearity after each layer; default <see cref="Activation.Tanh"/>.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>The range of the posterior's log-variance, or null for none; default [−6, 2].</summary>
    public LogVarianceRange? LogVariance { get; init; } = new();

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);

    internal SequenceEncoderOptions Validated(int length)
    {
        Layers.RequireWidths(Channels, nameof(Channels));
        Layers.RequireWidths(Widths, nameof(Widths));
        Shape.RequirePositive(Hidden, "Hidden", nameof(Hidden));
        OptionRange.RequireKnown(Activation, nameof(Activation));
        if (Channels.Count != Widths.Count)
            throw new ArgumentException($"Channels is {Shape.Text(Channels)} and Widths {Shape.Text(Widths)}; there must be as many");
        var seen = Widths.Sum() - Widths.Count + 1;
        return seen <= length ? this : throw new ArgumentException($"Widths is {Shape.Text(Widths)}, so a place after the last "
            + $"convolution sees {seen} tokens; a row has {length}");
    }
}
