using System.Globalization;

namespace VaeToolkit.Evaluation;

/// <summary>An estimate of the mean negative log-likelihood of items.</summary>
public sealed record LikelihoodEstimate
{
    /// <summary>The mean of −log p(x) over the items, in nats.</summary>
    public required double Mean { get; init; }

    /// <summary>The standard error of <see cref="Mean"/> over the items, in nats; NaN for a single item.</summary>
    public required double StandardError { get; init; }

    /// <summary><see cref="Mean"/> in bits for each of an item's D values: Mean / (D log 2).</summary>
    public required double BitsPerDimension { get; init; }

    /// <summary>The mean over items of (Σw)² / Σw²: how many of the K samples counted, from 1 to K.</summary>
    public required double EffectiveSampleSize { get; init; }

    /// <summary>Number of items.</summary>
    public required long Items { get; init; }

    /// <summary>K, samples an item; of annealed importance sampling, chains an item.</summary>
    public required int Samples { get; init; }

    /// <summary>The seed of the samples.</summary>
    public required long Seed { get; init; }

    /// <summary>Steps between prior and posterior, for annealed importance sampling; null for the plain one.</summary>
    public int? Temperatures { get; init; }

    /// <summary>The share of Hamiltonian proposals that were accepted, for annealed importance sampling; null for the plain one.</summary>
    public double? AcceptanceRate { get; init; }

    /// <summary>
    /// −log p(x) of every item in nats, in stored order, where the options ask to keep it; else null. Its mean is <see cref="Mean"/>.
    /// </summary>
    public IReadOnlyList<double>? PerItem { get; init; }

    /// <summary>The figures in one line.</summary>
    public override string ToString() => Plain
        + (Temperatures is null ? "" : FormattableString.Invariant($", {Temperatures} temperatures, acceptance {AcceptanceRate:F2}"));

    private string Plain
        => string.Create(CultureInfo.InvariantCulture, $"NLL {Mean:F3} ± {StandardError:F3} nats ({BitsPerDimension:F4} "
            + $"bits/dim), K = {Samples}, {Items} items, mean ESS {EffectiveSampleSize:F1}, seed {Seed}");
}
