namespace VaeToolkit.Evaluation;

/// <summary>How well scores tell anomalies from normal items, whatever the threshold.</summary>
/// <param name="RocArea">
/// The area under the receiver operating characteristic: the probability that an anomaly scores higher than a normal item, equal scores
/// counting one half. Standard error by DeLong, DeLong &amp; Clarke-Pearson (1988).
/// </param>
/// <param name="PrecisionRecallArea">
/// The area under the precision-recall curve, as average precision Σ (R_k − R_{k−1}) P_k over distinct scores. Standard error and
/// interval after Boyd, Eng &amp; Page (2013), with the anomalies as trials. A blind guess has <see cref="AnomalyShare"/>.
/// </param>
/// <param name="NormalItems">Normal items.</param>
/// <param name="AnomalousItems">Anomalies.</param>
public sealed record DetectionScores(AreaEstimate RocArea, AreaEstimate PrecisionRecallArea, int NormalItems, int AnomalousItems)
{
    /// <summary>The share of anomalies among the items.</summary>
    public double AnomalyShare => (double)AnomalousItems / (NormalItems + AnomalousItems);

    /// <summary>Compares scores of normal items with those of anomalies, which should be larger.</summary>
    /// <param name="normal">Scores of normal items, at least 2.</param>
    /// <param name="anomalous">Scores of anomalies, at least 2.</param>
    /// <param name="level">The intervals' level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">There are fewer than two of a kind, or a score is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is not between 0 and 1.</exception>
    public static DetectionScores Of(IReadOnlyCollection<double> normal, IReadOnlyCollection<double> anomalous, double level = 0.95)
    {
        OptionRange.Require(level is > 0 and < 1, nameof(level), level, "must be between 0 and 1");
        double[] low = [.. Checked(normal, nameof(normal)).Order()];
        double[] high = [.. Checked(anomalous, nameof(anomalous)).Order()];
        return new(Roc(low, high, level), PrecisionRecall(low, high, level), low.Length, high.Length);
    }

    /// <summary>Both areas.</summary>
    public override string ToString() => $"ROC area {RocArea}; precision-recall area {PrecisionRecallArea}; "
        + FormattableString.Invariant($"{NormalItems} normal items, {AnomalousItems} anomalies");

    // An item's part is the share of the other kind that it is on the right side of; the area is the parts' mean, of either kind.
    private static AreaEstimate Roc(double[] normal, double[] anomalous, double level)
    {
        var above = SampleMean.Of(Array.ConvertAll(anomalous, score => ShareBelow(normal, score)));
        var below = SampleMean.Of(Array.ConvertAll(normal, score => 1 - ShareBelow(anomalous, score)));
        var error = Math.Sqrt((above.StandardError * above.StandardError) + (below.StandardError * below.StandardError));
        // Without one pair in the wrong order, min(n, m) pairs that share no item are so many trials.
        return AreaEstimate.Of(above.Value, error, level, Math.Min(normal.Length, anomalous.Length));
    }

    private static AreaEstimate PrecisionRecall(double[] normal, double[] anomalous, double level)
    {
        var (area, count) = (0.0, anomalous.Length);
        for (var first = 0; first < count;)
        {
            var score = anomalous[first];
            var next = Place(anomalous, score, after: true);
            var (right, wrong) = (count - first, normal.Length - Place(normal, score, after: false));
            area += (double)(next - first) / count * right / (right + wrong);
            first = next;
        }
        return AreaEstimate.Of(area, Math.Sqrt(area * (1 - area) / count), level, count);
    }

    private static double ShareBelow(double[] ordered, double score)
        => 0.5 * (Place(ordered, score, after: false) + Place(ordered, score, after: true)) / ordered.Length;

    // How many of the numbers are below, or with those that are equal to it.
    private static int Place(double[] ordered, double score, bool after)
    {
        var (from, to) = (0, ordered.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (ordered[middle] < score || (after && ordered[middle] == score))
                from = middle + 1;
            else
                to = middle;
        }
        return from;
    }

    private static IReadOnlyCollection<double> Checked(IReadOnlyCollection<double> scores, string name)
    {
        ArgumentNullException.ThrowIfNull(scores, name);
        if (scores.Count < 2 || scores.Any(double.IsNaN))
            throw new ArgumentException(
                scores.Count < 2 ? $"there are {scores.Count} scores; at least 2 are needed" : "a score is NaN", name);
        return scores;
    }
}
