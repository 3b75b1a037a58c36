namespace VaeToolkit.Mega;

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
    /// (<see cref="GaussianMixture.DegenerateComponents"/>).
    /// </summary>
    public bool IsDegenerate { get; init; }

    /// <summary>The penalised score, mean log-likelihood − α (1MEGA + 2MEGA-F); larger is better.</summary>
    /// <param name="alpha">α, at least 0.</param>
    public double Score(double alpha) => MeanLogLikelihood - alpha * (FirstOrder + SecondOrder);

    /// <summary>The figures under their names, as <see cref="ComplexityPath"/> prints all of them.</summary>
    public override string ToString() => TextTable.Of(Header, [Cells]);

    internal static string[] Header { get; } = ["size", "log-likelihood", "AIC", "BIC", "1MEGA", "2MEGA-F", "±", "degenerate"];

    internal string[] Cells =>
    [
        TextTable.Number(Complexity), TextTable.Number(MeanLogLikelihood), TextTable.Number(Aic), TextTable.Number(Bic),
        TextTable.Number(FirstOrder), TextTable.Number(SecondOrder), StandardError is { } error ? TextTable.Number(error) : "",
        IsDegenerate ? "yes" : "",
    ];
}
