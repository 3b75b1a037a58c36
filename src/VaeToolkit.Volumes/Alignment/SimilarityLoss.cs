namespace VaeToolkit.Volumes;

/// <summary>A loss between a template's values and a moving image's values at the same places, with its gradient.</summary>
internal abstract class SimilarityLoss
{
    /// <summary>The loss, and in <paramref name="gradient"/> its derivative in each moving value.</summary>
    public abstract double Evaluate(double[] moving, double[] gradient);
}
