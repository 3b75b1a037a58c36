namespace VaeToolkit;

/// <summary>
/// A β-VAE's weight, with its convention in the name: papers put β on either side of the bound, and the two are inverses of each other.
/// </summary>
public readonly record struct BetaWeight
{
    private BetaWeight(double reconstruction, double kl, double given)
    {
        if (!(given >= 0 && double.IsFinite(given)))
            throw new ArgumentOutOfRangeException(nameof(given), given, "β must be a number of at least 0");
        (Reconstruction, Kl) = (reconstruction, kl);
    }

    /// <summary>The weight of −log p(x|z).</summary>
    public double Reconstruction { get; }

    /// <summary>The weight of the KL divergence.</summary>
    public double Kl { get; }

    /// <summary>β on the KL divergence: −log p(x|z) + β KL (Higgins et al. 2017).</summary>
    /// <param name="beta">β, at least 0; 1 is the evidence lower bound.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beta"/> is below 0 or not finite.</exception>
    public static BetaWeight OnKl(double beta) => new(1, beta, beta);

    /// <summary>
    /// β on the reconstruction: −β log p(x|z) + KL, as Roth's lectures write it. It is β times the bound with 1/β on the KL
    /// divergence.
    /// </summary>
    /// <param name="beta">β, at least 0; 1 is the evidence lower bound.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beta"/> is below 0 or not finite.</exception>
    public static BetaWeight OnReconstruction(double beta) => new(beta, 1, beta);

    /// <summary>The two weights.</summary>
    public override string ToString() => FormattableString.Invariant($"{Reconstruction} × reconstruction + {Kl} × KL");
}
