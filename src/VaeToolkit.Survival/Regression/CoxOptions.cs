namespace VaeToolkit.Survival;

/// <summary>How a Cox model is fitted.</summary>
public sealed record CoxOptions
{
    /// <summary>How tied events enter the partial likelihood.</summary>
    public CoxTies Ties { get; init; } = CoxTies.Efron;

    /// <summary>
    /// How tied events enter the baseline hazard; null for the same as <see cref="Ties"/>. (scikit-survival: always Breslow.)
    /// </summary>
    public CoxTies? BaselineTies { get; init; }

    /// <summary>
    /// The penalty ρ ≥ 0: half of ρ Σ (b_j s_j)² is taken from the log-likelihood, with s_j the standard deviation of column j, so
    /// that units do not matter. 0 is maximum likelihood.
    /// </summary>
    public double Ridge { get; init; }

    /// <summary>The most Newton steps, at least 1.</summary>
    public int MaxIterations { get; init; } = 100;

    internal CoxOptions Validated()
    {
        _ = KnownChoice.Of(Ties, nameof(Ties));
        _ = KnownChoice.Of(BaselineTies ?? Ties, nameof(BaselineTies));
        if (!(Ridge >= 0 && double.IsFinite(Ridge)))
            throw new ArgumentOutOfRangeException(nameof(Ridge), Ridge, "A penalty must be 0 or more.");
        if (MaxIterations < 1)
            throw new ArgumentOutOfRangeException(nameof(MaxIterations), MaxIterations, "At least one step is needed.");
        return this;
    }
}
