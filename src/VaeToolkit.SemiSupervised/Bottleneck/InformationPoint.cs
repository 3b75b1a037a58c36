using System.Globalization;
using VaeToolkit.Evaluation;

namespace VaeToolkit.SemiSupervised;

/// <summary>Where a model stands in the information plane: what z costs, and what it says about the target.</summary>
public sealed record InformationPoint
{
    /// <summary>The divergence, in nats, above which a latent feature counts as active.</summary>
    public const double ActiveThreshold = 0.01;

    /// <summary>
    /// R = E KL(q(z|x̃) ‖ r(z)), in <see cref="Unit"/>. It is at least I(x̃; z), with equality when r is the aggregate q(z).
    /// </summary>
    public required double Rate { get; init; }

    /// <summary>Standard error of <see cref="Rate"/> over pairs.</summary>
    public required double RateStandardError { get; init; }

    /// <summary>E log p(x|z), in <see cref="Unit"/>.</summary>
    public required double LogLikelihood { get; init; }

    /// <summary>Standard error of <see cref="LogLikelihood"/> over pairs; <see cref="Information"/> has the same.</summary>
    public required double LogLikelihoodStandardError { get; init; }

    /// <summary>H(x), in <see cref="Unit"/>, or null when it is not known.</summary>
    public required double? TargetEntropy { get; init; }

    /// <summary>R by latent feature, in <see cref="Unit"/>; null where the prior has no closed form by latent feature.</summary>
    public required IReadOnlyList<double>? RateByLatent { get; init; }

    /// <summary>Number of pairs.</summary>
    public required long Items { get; init; }

    /// <summary>Samples of z a pair.</summary>
    public required int Samples { get; init; }

    /// <summary>The seed of the samples.</summary>
    public required long Seed { get; init; }

    /// <summary>The unit of all figures; nats unless asked otherwise (<see cref="In"/>).</summary>
    public InformationUnit Unit { get; private init; } = InformationUnit.Nats;

    /// <summary>I_low(z; x) = E log p(x|z) + H(x), a lower bound of I(z; x), in <see cref="Unit"/>; null when H(x) is not known.</summary>
    public double? Information => LogLikelihood + TargetEntropy;

    /// <summary>Number of latent features whose rate is above 0.01 nats; null where the rate is not known by latent feature.</summary>
    public int? ActiveDimensions => RateByLatent?.Count(rate => rate > ActiveThreshold * Scale(InformationUnit.Nats, Unit));

    /// <summary>The same figures in a unit.</summary>
    /// <param name="unit">Nats or bits.</param>
    /// <exception cref="ArgumentOutOfRangeException">The unit is none of the enumeration's values.</exception>
    public InformationPoint In(InformationUnit unit)
    {
        OptionRange.RequireKnown(unit, nameof(unit));
        var factor = Scale(Unit, unit);
        return this with
        {
            Rate = Rate * factor,
            RateStandardError = RateStandardError * factor,
            LogLikelihood = LogLikelihood * factor,
            LogLikelihoodStandardError = LogLikelihoodStandardError * factor,
            TargetEntropy = TargetEntropy * factor,
            RateByLatent = RateByLatent is null ? null : [.. RateByLatent.Select(rate => rate * factor)],
            Unit = unit,
        };
    }

    /// <summary>The figures in one line.</summary>
    public override string ToString()
    {
        var information = Information is { } known
            ? FormattableString.Invariant($"I(z; x) ≥ {known:F4} ± {LogLikelihoodStandardError:F4}")
            : FormattableString.Invariant($"E log p(x|z) {LogLikelihood:F4} ± {LogLikelihoodStandardError:F4}");
        var unit = Unit == InformationUnit.Bits ? "bits" : "nats";
        return string.Create(CultureInfo.InvariantCulture, $"R {Rate:F4} ± {RateStandardError:F4}, {information} {unit}; "
            + $"{ActiveDimensions?.ToString() ?? "?"} active dimensions ({Items} pairs, {Samples} samples, seed {Seed})");
    }

    private static double Scale(InformationUnit from, InformationUnit to)
        => from == to ? 1 : to == InformationUnit.Bits ? 1 / Math.Log(2) : Math.Log(2);
}
