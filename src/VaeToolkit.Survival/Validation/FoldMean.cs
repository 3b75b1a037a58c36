namespace VaeToolkit.Survival;

/// <summary>
/// The mean of a figure over the folds of a repeated cross-validation. Folds share training rows, so that the usual standard error is far
/// too small; this is the corrected one of Nadeau and Bengio (2003): √((1/J + n_test/n_training) s²) over J folds with sample variance
/// s².
/// </summary>
/// <param name="Mean">The mean over folds.</param>
/// <param name="StandardError">Its corrected standard error; NaN for a single fold.</param>
/// <param name="Folds">The number of folds J.</param>
public sealed record FoldMean(double Mean, double StandardError, int Folds)
{
    /// <summary>The mean of one figure per fold, or of one difference per fold between two models.</summary>
    /// <param name="values">A figure per fold.</param>
    /// <param name="testPerTraining">n_test/n_training: 1/(K - 1) for K folds.</param>
    /// <exception cref="ArgumentException">There are no values, or one is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is not positive and finite.</exception>
    public static FoldMean Of(IReadOnlyList<double> values, double testPerTraining)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0)
            throw new ArgumentException("There are no values; at least one fold is needed.", nameof(values));
        if (values.Any(double.IsNaN))
            throw new ArgumentException(
                $"The value of fold {values.ToList().FindIndex(double.IsNaN)} is NaN; that fold could not be scored.", nameof(values));
        if (!(testPerTraining > 0 && double.IsFinite(testPerTraining)))
            throw new ArgumentOutOfRangeException(nameof(testPerTraining), testPerTraining, "It must be positive and finite.");
        var moments = ScaledMoments.Of(values);
        return new(
            moments.Mean, Math.Sqrt((1.0 / values.Count + testPerTraining) * moments.Variance) * moments.Unit, values.Count);
    }

    /// <summary>The mean, its standard error and the number of folds.</summary>
    public override string ToString() => FormattableString.Invariant($"{Mean:F4} ± {StandardError:F4} over {Folds} folds");
}
