namespace VaeToolkit.Survival;

/// <summary>What kind of number a covariate is, which decides how it is encoded and which distribution p(x_j|z) it has.</summary>
public enum CovariateKind
{
    /// <summary>A real number: standardised, with a normal distribution.</summary>
    Continuous,

    /// <summary>A number above 0 with a long right tail: its logarithm is standardised, so its distribution is log-normal.</summary>
    Positive,

    /// <summary>One of two values: a Bernoulli distribution of the second.</summary>
    Binary,

    /// <summary>One of several values without an order: a categorical distribution.</summary>
    Categorical,

    /// <summary>One of several values in order: a distribution by cumulative logits.</summary>
    Ordinal,

    /// <summary>A whole number of at least 0: a Poisson distribution.</summary>
    Count,
}
