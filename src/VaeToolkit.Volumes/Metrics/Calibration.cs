namespace VaeToolkit.Volumes;

/// <summary>How far predicted probabilities of foreground are from frequencies.</summary>
public sealed class Calibration
{
    // The probability that a float32 network can say at the least; without a floor one voxel could make the mean infinite.
    private const double SmallestProbability = 1e-7;

    private Calibration(IReadOnlyList<ReliabilityBin> bins, double brier, double negativeLogLikelihood) =>
        (Bins, Brier, NegativeLogLikelihood) = (bins, brier, negativeLogLikelihood);

    /// <summary>Intervals of equal width over [0, 1], lowest first.</summary>
    public IReadOnlyList<ReliabilityBin> Bins { get; }

    /// <summary>The mean of (p − y)² (Brier 1950).</summary>
    public double Brier { get; }

    /// <summary>The mean of −log p(y) in nats, with probabilities held to [1e-7, 1 − 1e-7].</summary>
    public double NegativeLogLikelihood { get; }

    /// <summary>
    /// ECE: Σ (count / all) |probability − frequency| over the intervals (Naeini et al. 2015, for the probability of foreground).
    /// </summary>
    public double ExpectedError => Filled.Sum(bin => bin.Count * Gap(bin)) / Filled.Sum(bin => bin.Count);

    /// <summary>MCE: the largest |probability − frequency| of an interval that has voxels.</summary>
    public double MaximumError => Filled.Max(Gap);

    private IEnumerable<ReliabilityBin> Filled => Bins.Where(bin => bin.Count > 0);

    /// <summary>Compares probabilities with the truth.</summary>
    /// <param name="probabilities">Probabilities of foreground, one channel.</param>
    /// <param name="truth">The true mask, on the same grid.</param>
    /// <param name="bins">The number of intervals, at least 1.</param>
    /// <param name="within">Voxels to count, or null for all; background far from the brain would hide everything else.</param>
    /// <exception cref="ArgumentException">The grids differ, a value is not in [0, 1], or no voxel is counted.</exception>
    public static Calibration Of(Volume<float> probabilities, Volume<bool> truth, int bins = 15, Volume<bool>? within = null)
    {
        MaskPair.Check(probabilities, truth);
        MaskPair.Check(within ?? truth, truth);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        var (counts, sums, positives) = (new long[bins], new double[bins], new long[bins]);
        var (brier, logLikelihood) = (0.0, 0.0);
        for (var i = 0; i < truth.Data.Length; i++)
        {
            var (p, y) = (CheckedProbability(probabilities, i), truth.Data[i]);
            if (within is { } counted && !counted.Data[i])
                continue;
            var bin = Math.Min(bins - 1, (int)(p * bins));
            counts[bin]++;
            sums[bin] += p;
            positives[bin] += y ? 1 : 0;
            var miss = y ? 1 - p : p;
            brier += miss * miss;
            logLikelihood += Math.Log(Math.Clamp(1 - miss, SmallestProbability, 1 - SmallestProbability));
        }
        var all = counts.Sum();
        if (all == 0)
            throw new ArgumentException("The mask of voxels to count is empty.", nameof(within));
        return new(Rows(counts, sums, positives), brier / all, -logLikelihood / all);
    }

    /// <summary>The errors in a line, then a line for each interval that has voxels.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"ECE {ExpectedError:F4}, MCE {MaximumError:F4}, Brier {Brier:F4}, ")
        + FormattableString.Invariant($"{NegativeLogLikelihood:F4} nats a voxel{Environment.NewLine}")
        + TextTable.Of(
        [
            ["from", "to", "voxels", "probability", "frequency"],
            .. Bins.Index().Where(pair => pair.Item.Count > 0).Select(Row),
        ]);

    private string[] Row((int Index, ReliabilityBin Bin) row) =>
    [
        TextTable.Number((double)row.Index / Bins.Count, "F3"), TextTable.Number((row.Index + 1.0) / Bins.Count, "F3"),
        TextTable.Number(row.Bin.Count, "F0"), TextTable.Number(row.Bin.Probability, "F3"), TextTable.Number(row.Bin.Frequency, "F3"),
    ];

    private static double Gap(ReliabilityBin bin) => Math.Abs(bin.Probability - bin.Frequency);

    private static ReliabilityBin[] Rows(long[] counts, double[] sums, long[] positives) =>
        [.. counts.Select((count, i) => new ReliabilityBin(count, sums[i] / count, positives[i] / (double)count))];

    private static double CheckedProbability(Volume<float> probabilities, int voxel)
    {
        var p = probabilities.Data[voxel];
        return p is >= 0 and <= 1
            ? p
            : throw new ArgumentException(
                FormattableString.Invariant($"{probabilities.Name}: voxel {voxel} is {p}, which is no probability."),
                nameof(probabilities));
    }
}
