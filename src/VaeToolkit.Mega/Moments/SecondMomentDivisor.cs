namespace VaeToolkit.Mega;

/// <summary>How the data's second moment E[xᵀx] is estimated from n rows.</summary>
public enum SecondMomentDivisor
{
    /// <summary>
    /// S + x̄ᵀx̄ with S divided by n − 1 (slides, eq. 26). Its expectation is too large by Σ/n, though S alone is unbiased.
    /// </summary>
    Slide,

    /// <summary>(1/n) Σ xᵀx, whose expectation is the second moment.</summary>
    Unbiased,
}
