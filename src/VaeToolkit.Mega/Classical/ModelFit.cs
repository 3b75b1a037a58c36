namespace VaeToolkit.Mega;

/// <summary>What an iterative fit came to.</summary>
/// <typeparam name="TModel">The model's type.</typeparam>
/// <param name="Model">The model of the last iteration.</param>
/// <param name="Converged">Whether the log-likelihood had settled within the tolerance; if not, the iterations ran out.</param>
/// <param name="LogLikelihoods">Mean log-likelihood of the training rows, nats, at the start and after every iteration.</param>
public sealed record ModelFit<TModel>(TModel Model, bool Converged, IReadOnlyList<double> LogLikelihoods)
    where TModel : ClassicalModel
{
    /// <summary>Number of training rows N.</summary>
    public long Rows { get; init; }

    /// <summary>Iterations taken.</summary>
    public int Iterations => LogLikelihoods.Count - 1;

    /// <summary>Σ log p(x) over the training rows, nats.</summary>
    public double LogLikelihood => LogLikelihoods[^1] * Rows;

    /// <summary>Akaike's criterion 2p − 2l; smaller is better.</summary>
    public double Aic => 2 * Model.ParameterCount - 2 * LogLikelihood;

    /// <summary>The Bayesian criterion p ln N − 2l; smaller is better.</summary>
    public double Bic => Model.ParameterCount * Math.Log(Rows) - 2 * LogLikelihood;

    /// <summary>What is to be known before the fit is used: iterations that ran out, constant columns, degenerate components, optima
    /// that runs do not agree on, Heywood cases; a sentence each.</summary>
    public IReadOnlyList<string> Findings =>
    [
        .. Converged ? Array.Empty<string>() : [$"it had not converged after {Iterations} iterations"], .. OfData, .. Model.Findings(Rows),
    ];

    internal IReadOnlyList<string> OfData { get; init; } = [];

    /// <summary>The criteria, the findings and the model's parameters as a table.</summary>
    public override string ToString()
    {
        var criteria = Mega.Rows.Text(
            $"{Rows} rows, {Model.ParameterCount} parameters; log-likelihood {LogLikelihood:F3}, AIC {Aic:F3}, BIC {Bic:F3}");
        return string.Join(Environment.NewLine, [criteria, .. Findings.Select(finding => "note: " + finding), Model.ToString()!]);
    }
}
