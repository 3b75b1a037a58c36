namespace VaeToolkit.DeepSurvival;

/// <summary>How a <see cref="SavaeElbo"/> is computed.</summary>
public sealed record SavaeElboOptions
{
    /// <summary>Samples of every posterior, at least 1. Default 1.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>
    /// c of a penalty c (ln k)² on the Weibull shapes, at least 0. Default 0. Where nearly all times are censored the shape is
    /// not identified, and a little of it helps.
    /// </summary>
    public double LogShapePenalty { get; init; }

    /// <summary>
    /// γ of a term γ ln p(y|t,x) that is added to the bound, at least 0. Default 0: the paper's bound. That bound is nearly indifferent
    /// to whether z says what a covariate is, since a time says little beside all covariates; the term makes z carry what predicts times.
    /// Where predictions are what counts, 1 is a good choice for some hundred patients and 20 for some thousand (docs/savae.md).
    /// </summary>
    public double PredictiveWeight { get; init; }

    /// <summary>
    /// Draws from the prior by which ln p(y|t,x) is estimated where <see cref="PredictiveWeight"/> is not 0, at least 2. Default 200.
    /// </summary>
    public int PredictiveDraws { get; init; } = 200;

    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    internal SavaeElboOptions Validated()
    {
        if (Samples < 1)
            throw new ArgumentOutOfRangeException(nameof(Samples), Samples, "There must be at least 1 sample.");
        if (!(LogShapePenalty >= 0 && double.IsFinite(LogShapePenalty)))
            throw new ArgumentOutOfRangeException(
                nameof(LogShapePenalty), LogShapePenalty, "The penalty must be a finite number of at least 0.");
        if (!(PredictiveWeight >= 0 && double.IsFinite(PredictiveWeight)))
            throw new ArgumentOutOfRangeException(
                nameof(PredictiveWeight), PredictiveWeight, "The weight must be a finite number of at least 0.");
        if (PredictiveDraws < 2)
            throw new ArgumentOutOfRangeException(nameof(PredictiveDraws), PredictiveDraws, "There must be at least 2 draws.");
        return this;
    }
}
