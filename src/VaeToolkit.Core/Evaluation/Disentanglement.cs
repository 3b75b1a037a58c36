namespace VaeToolkit.Evaluation;

/// <summary>The mutual information gap (Chen et al. 2018) and what it is made of.</summary>
public sealed record Disentanglement
{
    /// <summary>Name of each factor, <c>[F]</c>.</summary>
    public required IReadOnlyList<string> Factors { get; init; }

    /// <summary>H(v_k) of each factor in nats, <c>[F]</c>.</summary>
    public required IReadOnlyList<double> FactorEntropies { get; init; }

    /// <summary>I(z_j; v_k) in nats, <c>[F][Z]</c>: a row for each factor.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> MutualInformation { get; init; }

    /// <summary>The Monte Carlo standard error of <see cref="MutualInformation"/>, <c>[F][Z]</c>; NaN for a single sample.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> StandardErrors { get; init; }

    /// <summary>Number of items N.</summary>
    public required long Items { get; init; }

    /// <summary>Number of samples.</summary>
    public required long Samples { get; init; }

    /// <summary>The seed of the samples.</summary>
    public required long Seed { get; init; }

    /// <summary>
    /// The gap of each factor: how much more, in shares of the factor's entropy, the feature that knows most about it knows than the next.
    /// NaN for a factor that takes one value only. With a single feature the next knows nothing.
    /// </summary>
    public IReadOnlyList<double> Gaps => [.. MutualInformation.Zip(FactorEntropies, Gap)];

    /// <summary>MIG: the mean gap over the factors that take more than one value, about 0 to 1.</summary>
    public double MutualInformationGap => Gaps.Where(gap => !double.IsNaN(gap)).Average();

    /// <summary>The figures in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"MIG {MutualInformationGap:F3} (")
        + string.Join(", ", Factors.Zip(Gaps, (name, gap) => FormattableString.Invariant($"{name} {gap:F3}")))
        + FormattableString.Invariant($"; {Items} items, {Samples} samples, seed {Seed})");

    private static double Gap(IReadOnlyList<double> information, double entropy)
    {
        var descending = information.OrderDescending().Append(0).Take(2).ToArray();
        return entropy > 0 ? (descending[0] - descending[1]) / entropy : double.NaN;
    }
}
