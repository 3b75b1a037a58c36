using VaeToolkit.Evaluation;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>The networks inside a <see cref="RealNvpPrior"/>.</summary>
public sealed record RealNvpOptions
{
    /// <summary>The non-linearity between layers; default <see cref="Activation.SiLU"/>, so that the density is smooth.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public Activation Activation { get; init => field = OptionRange.RequireKnown(value, nameof(Activation)); } = Activation.SiLU;

    /// <summary>The largest log-scale of one coupling layer, above 0; default 2. A bounded scale keeps far-away points finite.</summary>
    public double ScaleLimit { get; init; } = 2;
}
