namespace VaeToolkit.Volumes;

/// <summary>Voxels by prediction and truth, and the scores that follow from them.</summary>
/// <param name="TruePositives">In both masks.</param>
/// <param name="FalsePositives">In the prediction alone.</param>
/// <param name="FalseNegatives">In the truth alone.</param>
/// <param name="TrueNegatives">In neither.</param>
public readonly record struct OverlapCounts(long TruePositives, long FalsePositives, long FalseNegatives, long TrueNegatives)
{
    /// <summary>2 TP / (2 TP + FP + FN), Dice (1945) and Sørensen (1948); NaN if both masks are empty.</summary>
    public double Dice => Ratio(2 * TruePositives, (2 * TruePositives) + FalsePositives + FalseNegatives);

    /// <summary>TP / (TP + FP + FN), Jaccard (1912), equal to Dice / (2 − Dice); NaN if both masks are empty.</summary>
    public double IntersectionOverUnion => Ratio(TruePositives, TruePositives + FalsePositives + FalseNegatives);

    /// <summary>TP / (TP + FP); NaN if nothing is predicted.</summary>
    public double Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    /// <summary>TP / (TP + FN); NaN if the truth is empty.</summary>
    public double Sensitivity => Ratio(TruePositives, TruePositives + FalseNegatives);

    /// <summary>TN / (TN + FP); NaN if the truth fills the volume.</summary>
    public double Specificity => Ratio(TrueNegatives, TrueNegatives + FalsePositives);

    /// <summary>
    /// (predicted − true) / true volume, positive where too much is predicted; +∞ if the truth alone is empty, NaN if both are.
    /// </summary>
    public double RelativeVolumeDifference => (FalsePositives - FalseNegatives) / (double)(TruePositives + FalseNegatives);

    /// <summary>Whether neither mask has a voxel.</summary>
    public bool BothEmpty => TruePositives + FalsePositives + FalseNegatives == 0;

    /// <summary>Counts voxels.</summary>
    /// <param name="prediction">The predicted mask.</param>
    /// <param name="truth">The true mask, on the same grid.</param>
    /// <exception cref="ArgumentException">The masks lie on different grids.</exception>
    public static OverlapCounts Of(Volume<bool> prediction, Volume<bool> truth)
    {
        MaskPair.Check(prediction, truth);
        Span<long> counts = stackalloc long[4];
        for (var i = 0; i < truth.Data.Length; i++)
            counts[(prediction.Data[i] ? 1 : 0) + (truth.Data[i] ? 2 : 0)]++;
        return new(counts[3], counts[1], counts[2], counts[0]);
    }

    /// <summary>The counts of two volumes together, for scores over pooled voxels.</summary>
    public static OverlapCounts operator +(OverlapCounts left, OverlapCounts right) => new(
        left.TruePositives + right.TruePositives,
        left.FalsePositives + right.FalsePositives,
        left.FalseNegatives + right.FalseNegatives,
        left.TrueNegatives + right.TrueNegatives);

    /// <summary>The counts and the scores in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"TP {TruePositives}, FP {FalsePositives}, FN {FalseNegatives}, TN {TrueNegatives}; Dice {Dice:F3}, ")
        + FormattableString.Invariant($"IoU {IntersectionOverUnion:F3}, precision {Precision:F3}, sensitivity {Sensitivity:F3}");

    private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;
}
