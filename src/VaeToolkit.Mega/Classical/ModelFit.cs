namespace VaeToolkit.Mega.Classical;

/// <summary>What an iterative fit came to.</summary>
/// <typeparam name="TModel">The model's type.</typeparam>
/// <param name="Model">The model of the last iteration.</param>
/// <param name="Converged">Whether the log-likelihood had settled within the tolerance; if not, the iterations ran out.</param>
/// <param name="LogLikelihoods">Mean log-likelihood of the training rows, nats, at the start and after every iteration.</param>
public sealed record ModelFit<TModel>(TModel Model, bool Converged, IReadOnlyList<double> LogLikelihoods)
    where TModel : ClassicalModel
{
    /// <summary>Iterations taken.</summary>
    public int Iterations => LogLikelihoods.Count - 1;
}
