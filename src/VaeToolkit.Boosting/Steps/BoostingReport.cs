using System.Globalization;

namespace VaeToolkit.Boosting;

/// <summary>What came of one boosting step, in numbers.</summary>
public sealed record BoostingReport
{
    /// <summary>Which component of the mixture was sought, from 1.</summary>
    public required int Component { get; init; }

    /// <summary>Whether a candidate was accepted.</summary>
    public required bool Accepted { get; init; }

    /// <summary>
    /// H[h] + λ E_h[log p − log q̃_t] of the best candidate, in nats up to the target's constant; its first component has no q̃_t.
    /// </summary>
    public required double Objective { get; init; }

    /// <summary>H[h] of that candidate, in nats.</summary>
    public required double Entropy { get; init; }

    /// <summary>α, the candidate's weight in the mixture; 1 for the first, 0 when none was accepted.</summary>
    public required double Weight { get; init; }

    /// <summary>exp of the entropy of the mixture's weights.</summary>
    public required double EffectiveComponents { get; init; }

    /// <summary>
    /// F[q] = E_q[log p − log q], the mixture's evidence lower bound in nats up to the target's constant; null when it was not estimated.
    /// </summary>
    public double? Bound { get; init; }

    /// <summary>By how much the component raised the bound, on common samples; null for the first, or when it was not estimated.</summary>
    public double? Gain { get; init; }

    /// <summary>The numbers in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"component {Component}: {(Accepted ? "accepted" : "rejected")}, objective "
            + $"{Objective:F3}, entropy {Entropy:F3}, weight {Weight:F4}, effective components {EffectiveComponents:F2}")
        + (Bound is { } bound ? FormattableString.Invariant($", bound {bound:F4}") : "");
}
