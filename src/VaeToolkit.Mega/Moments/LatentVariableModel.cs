namespace VaeToolkit.Mega;

/// <summary>A generative model that can state E[x|z] and Var[x|z] for draws of z, and, where it has them, its exact moments.</summary>
public abstract class LatentVariableModel
{
    /// <summary>Number of values a row, D.</summary>
    public abstract int Dimension { get; }

    /// <summary>E[x] and Var[x] in closed form, or null where there is none.</summary>
    public abstract SecondMoments? ExactMoments { get; }

    /// <summary>Draws zᵢ ~ p(z) with torch's default generator and states the conditional moments of x.</summary>
    /// <param name="count">m, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public abstract ConditionalMoments Draw(int count);
}
