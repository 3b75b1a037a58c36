namespace VaeToolkit.Evaluation;

/// <summary>What a detector did on items of which one knows what they are.</summary>
/// <param name="Scores">Areas under the curves, which do not depend on the threshold.</param>
/// <param name="FalseAlarms">Normal items that were taken for anomalies.</param>
/// <param name="Detections">Anomalies that were found.</param>
public sealed record AnomalyReport(DetectionScores Scores, int FalseAlarms, int Detections)
{
    /// <summary>The share of normal items that were taken for anomalies.</summary>
    public double FalseAlarmRate => (double)FalseAlarms / Scores.NormalItems;

    /// <summary>The share of anomalies that were found.</summary>
    public double DetectionRate => (double)Detections / Scores.AnomalousItems;

    /// <summary>The figures in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"{Scores}; at the threshold {DetectionRate:P1} of the anomalies ")
        + FormattableString.Invariant($"and {FalseAlarmRate:P1} of the normal items are reported");
}
