namespace VaeToolkit.Evaluation;

/// <summary>Scores of whole data sets.</summary>
internal static class AnomalyScores
{
    /// <summary>The scores of all items, in order; every batch has draws of its own.</summary>
    /// <exception cref="ArgumentException">Items do not fit the model, or are outside of its likelihood's support.</exception>
    /// <exception cref="ArithmeticException">A score is NaN.</exception>
    internal static List<double> Of(
        FrozenVae model, DataSource items, AnomalyOptions options, ContributionMean? usual, IProgress<double>? progress,
        CancellationToken cancellation)
    {
        var (scores, importance) = (new List<double>(), options.Importance);
        foreach (var batch in items.InOrder(importance.BatchSize, importance.Seed))
        {
            cancellation.ThrowIfCancellationRequested();
            var seed = unchecked(importance.Seed + (scores.Count * (long)0x9E3779B97F4A7C15));
            scores.AddRange(model.Scores(
                batch.Items, scores.Count, options.Measure, importance with { Seed = seed }, cancellation));
            usual?.Add(batch.Items, scores.Count - (int)batch.Size);
            progress?.Report((double)scores.Count / items.Count);
        }
        return scores;
    }
}
