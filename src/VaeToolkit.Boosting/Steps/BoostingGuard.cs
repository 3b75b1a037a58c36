using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

/// <summary>
/// Keeps the component objective bounded. Where the mixture q_t has lighter tails than the target, log p − log q_t grows without end, and
/// so would the component's distance: with p = N(0, 2²) and q_t = N(0, 1) the objective of N(m, 1) grows like 3m²/8. So the component
/// step, and only it, sees q̃_t = (1 − ε) q_t + ε g with a broad g, and then log p − log q̃_t is at most log p − log g − log
/// ε.
/// </summary>
public sealed class BoostingGuard
{
    private readonly Func<torch.Tensor, torch.Tensor> _logDensity;

    /// <summary>A guard by any density.</summary>
    /// <param name="logDensity">log g, normalised, from <c>[K, D]</c> to <c>[K]</c>; its tails at least as heavy as the target's.
    /// For a Bayesian network: the prior.</param>
    /// <param name="share">ε, between 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is not inside (0, 1).</exception>
    public BoostingGuard(Func<torch.Tensor, torch.Tensor> logDensity, double share = 1e-3)
    {
        ArgumentNullException.ThrowIfNull(logDensity);
        OptionRange.Require(share is > 0 and < 1, nameof(share), share, "the guard's share ε must be inside (0, 1)");
        (_logDensity, Share) = (logDensity, share);
    }

    /// <summary>ε.</summary>
    public double Share { get; }

    /// <summary>A guard by g = N(0, S² I).</summary>
    /// <param name="deviation">S, two to three times the target's extent.</param>
    /// <param name="share">ε, between 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="deviation"/> is not above 0,
    /// or <paramref name="share"/> not inside (0, 1).</exception>
    public static BoostingGuard Normal(double deviation, double share = 1e-3)
    {
        OptionRange.Require(
            deviation > 0 && double.IsFinite(deviation), nameof(deviation), deviation, "the guard's deviation S must be a number above 0");
        var (precision, constant) = (1 / (deviation * deviation), Math.Log(2 * Math.PI * deviation * deviation));
        return new(points => (points.square().sum(-1) * precision + points.shape[^1] * constant) * -0.5, share);
    }

    /// <summary>log q̃_t from log q_t, both <c>[K]</c>.</summary>
    internal torch.Tensor Mix(torch.Tensor logMixture, torch.Tensor points)
        => torch.logaddexp(
            logMixture + Math.Log(1 - Share), GivenDensity.At(points, "the guard's log-density", _logDensity) + Math.Log(Share));
}
