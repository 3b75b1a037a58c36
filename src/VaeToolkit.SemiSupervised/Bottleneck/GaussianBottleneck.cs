using System.Globalization;
using MathNet.Numerics;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// The exact information bottleneck of jointly Gaussian views (Chechik et al. 2005): a sum over canonical correlations ρ_i, each of which
/// is switched on at β = 1/ρ_i². A reference for trained models.
/// </summary>
public sealed class GaussianBottleneck
{
    private readonly double[] _correlations;

    /// <summary>Makes the reference.</summary>
    /// <param name="correlations">Canonical correlations, each in [0, 1).</param>
    /// <exception cref="ArgumentException">There are none, or one is outside [0, 1).</exception>
    public GaussianBottleneck(params IReadOnlyList<double> correlations)
    {
        ArgumentNullException.ThrowIfNull(correlations);
        if (correlations.Count == 0 || correlations.Any(rho => !(rho is >= 0 and < 1)))
            throw new ArgumentException(FormattableString.Invariant(
                $"the correlations are {string.Join(", ", correlations)}; there must be at least one, and each in [0, 1)"),
                nameof(correlations));
        _correlations = [.. correlations];
    }

    /// <summary>β_c = 1/ρ_i² (of R − β I), above which each correlation is used, in the order given.</summary>
    public IReadOnlyList<double> CriticalBetas => Array.ConvertAll(_correlations, rho => 1 / (rho * rho));

    /// <summary>The correlations.</summary>
    public override string ToString() => $"{nameof(GaussianBottleneck)} of canonical correlations "
        + string.Join(", ", _correlations.Select(rho => rho.ToString("G4", CultureInfo.InvariantCulture)));

    /// <summary>
    /// The optimum of R − β I in nats: R* = Σ −½ ln((1 − ρ²) / (ρ² (β − 1))) and I* = Σ −½ ln(1 − ρ² (1 −
    /// e^{−2R_i})) over the correlations with β above 1/ρ².
    /// </summary>
    /// <param name="beta">β, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beta"/> is below 0 or NaN.</exception>
    public (double Rate, double Information) At(double beta)
    {
        if (!(beta >= 0))
            throw new ArgumentOutOfRangeException(nameof(beta), beta, "β must be at least 0");
        var (rate, information) = (0.0, 0.0);
        foreach (var rho in _correlations)
        {
            // β ρ² − 1, by which β is above this component's threshold. e^{2R} is 1 + excess / (1 − ρ²), and
            // ρ² (1 − e^{−2R}) is excess / (β − 1): so neither a small correlation nor a β just above the threshold
            // is lost beside 1.
            var excess = Math.FusedMultiplyAdd(rho * rho, beta, -1);
            if (!(excess > 0))
                continue;
            rate += 0.5 * SpecialFunctions.Log1p(excess / ((1 - rho) * (1 + rho)));
            information -= 0.5 * SpecialFunctions.Log1p(-(double.IsInfinity(beta) ? rho * rho : excess / (beta - 1)));
        }
        return (rate, information);
    }
}
