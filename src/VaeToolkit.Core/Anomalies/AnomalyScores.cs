namespace VaeToolkit.Evaluation;

/// <summary>Scores of whole data sets.</summary>
internal static class AnomalyScores
{
    /// <summary>The scores of all items, in order; every batch has draws of its own.</summary>
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
            scores.AddRange(model.AnomalyScore(batch.Items, options.Measure, importance with { Seed = seed }, cancellation));
            usual?.Add(batch.Items);
            progress?.Report((double)scores.Count / items.Count);
        }
        return scores.FindIndex(double.IsNaN) is var bad and >= 0
            ? throw new ArithmeticException($"the score of item {bad} is NaN; are the model's weights finite?") : scores;
    }
}
