namespace VaeToolkit.Mega.Comparison;

/// <summary>One model of a <see cref="ComplexityPath"/>.</summary>
/// <param name="Complexity">Its size, such as K or q.</param>
/// <param name="MeanLogLikelihood">Mean log-likelihood of the training rows, nats.</param>
/// <param name="Aic">Akaike's criterion; smaller is better.</param>
/// <param name="Bic">The Bayesian criterion; smaller is better.</param>
/// <param name="FirstOrder">1MEGA.</param>
/// <param name="SecondOrder">2MEGA-F.</param>
/// <param name="StandardError">√(T̂/m) of the model's side, or null where it is in closed form.</param>
public sealed record ComplexityPoint(
    int Complexity, double MeanLogLikelihood, double Aic, double Bic, double FirstOrder, double SecondOrder, double? StandardError)
{
    /// <summary>
    /// Whether a component of a mixture has collapsed, so that the likelihood and what follows from it say nothing
    /// (<see cref="Classical.GaussianMixture.DegenerateComponents"/>).
    /// </summary>
    public bool IsDegenerate { get; init; }

    /// <summary>The penalised score, mean log-likelihood − α (1MEGA + 2MEGA-F); larger is better.</summary>
    /// <param name="alpha">α, at least 0.</param>
    public double Score(double alpha) => MeanLogLikelihood - alpha * (FirstOrder + SecondOrder);
}
