namespace VaeToolkit.Objectives;

/// <summary>Options of <see cref="Elbo"/>.</summary>
public sealed record ElboOptions
{
    /// <summary>β, the weight of the KL divergence, at least 0; default 1 (Kingma &amp; Welling 2014), above 1 the β-VAE (Higgins et al. 2017).</summary>
    public double Beta { get; init; } = 1;

    /// <summary>A linear warm-up of β, or null for none; default none.</summary>
    public BetaWarmUp? WarmUp { get; init; }

    /// <summary>Posterior samples an item over which the bound is averaged, at least 1; default 1.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>How the KL divergence is taken; default in closed form where there is one.</summary>
    public KlEstimator Kl { get; init; } = KlEstimator.ClosedForm;
}
