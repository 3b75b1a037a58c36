namespace VaeToolkit.Evaluation;

/// <summary>
/// A Fréchet distance between two sets of features. It depends on the features, so it is comparable only between figures of the same
/// features and sample counts; it is no FID, whose features are those of one particular network.
/// </summary>
/// <param name="Distance">‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½), at least 0, in squared units of the
/// features.</param>
/// <param name="FirstCount">Items of the first set.</param>
/// <param name="SecondCount">Items of the second set. The distance of two samples of one
/// distribution is above 0 and shrinks as 1/N.</param>
/// <param name="FeatureCount">F, features an item. With fewer items than features the covariances are singular.</param>
public sealed record FrechetEstimate(double Distance, long FirstCount, long SecondCount, long FeatureCount)
{
    /// <summary>The figures in one line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"Fréchet distance {Distance:F4} of {FeatureCount} features ({FirstCount} against {SecondCount} items)");
}
