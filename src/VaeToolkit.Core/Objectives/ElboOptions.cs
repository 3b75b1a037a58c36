using VaeToolkit.Evaluation;

namespace VaeToolkit;

/// <summary>Options of <see cref="Elbo"/>.</summary>
public sealed record ElboOptions
{
    /// <summary>
    /// β and where it stands; default 1 (Kingma &amp; Welling 2014). <c>BetaWeight.OnKl(4)</c> is a β-VAE (Higgins et al. 2017).
    /// </summary>
    public BetaWeight Beta { get; init; } = BetaWeight.OnKl(1);

    /// <summary>A linear warm-up of the KL divergence's weight, or null for none; default none.</summary>
    public BetaWarmUp? WarmUp { get; init; }

    /// <summary>
    /// A rising target for the KL divergence in place of its weight, or null for none; default none. A weight β on the KL and a warm-up
    /// are then not used; one on the reconstruction is. Does not go with <see cref="FreeNats"/>.
    /// </summary>
    public KlCapacity? Capacity { get; init; }

    /// <summary>
    /// Free bits λ in nats, at least 0: every latent feature's divergence, averaged over the batch, counts as at least λ, so the first λ
    /// nats of each are free (Kingma et al. 2016, eq. 15). Default 0. Needs a prior with a closed form by latent feature.
    /// </summary>
    public double FreeNats { get; init; }

    /// <summary>Posterior samples an item over which the bound is averaged, at least 1; default 1.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>How the KL divergence is taken; default in closed form where there is one.</summary>
    public KlEstimator Kl { get; init; } = KlEstimator.ClosedForm;

    internal ElboOptions Validated()
    {
        OptionRange.RequireKnown(Kl, nameof(Kl));
        Shape.RequirePositive(Samples, "Samples", nameof(Samples));
        Capacity?.Validated(nameof(Capacity));
        if (!(FreeNats >= 0 && double.IsFinite(FreeNats)))
            throw new ArgumentOutOfRangeException(nameof(FreeNats), FreeNats, "FreeNats must be a number of at least 0");
        if (FreeNats > 0 && Capacity is not null)
            throw new ArgumentException($"FreeNats is {FreeNats} and a Capacity is given; choose one of them", nameof(FreeNats));
        return FreeNats > 0 && Kl == KlEstimator.Sampled
            ? throw new ArgumentException("FreeNats needs the divergence in closed form, but Kl is Sampled", nameof(Kl))
            : this;
    }
}
