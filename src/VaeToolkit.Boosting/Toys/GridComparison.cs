using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>How far a mixture is from a toy target, by sums over a grid. In nats.</summary>
/// <param name="ReverseDivergence">KL(q ‖ p).</param>
/// <param name="ForwardDivergence">KL(p ‖ q).</param>
/// <param name="TotalVariation">½ ∫ |p − q|.</param>
/// <param name="ModesFound">Modes in which q has at least half of p's mass within three deviations.</param>
/// <param name="MixtureMass">∫ q over the grid. Where it is not nearly one, the grid does not hold the mixture
/// and the divergences are not right.</param>
public sealed record GridComparison(
    double ReverseDivergence, double ForwardDivergence, double TotalVariation, int ModesFound, double MixtureMass)
{
    /// <summary>Compares on side × side points over the target's square; the target is normalised on the grid.</summary>
    /// <param name="target">p.</param>
    /// <param name="mixture">q.</param>
    /// <param name="side">Points a side, at least 2; default 400.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="side"/> is below 2.</exception>
    public static GridComparison Of(ToyTarget target, NormalMixture mixture, int side = 400)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(mixture);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 2);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var points = Points(target.Extent, side);
        var logCell = 2 * Math.Log(2 * target.Extent / (side - 1));
        var logTarget = target.LogDensity(points).log_softmax(0);
        var means = mixture.Components.Means;
        var logMixture = mixture.LogDensity(points.to(means.dtype, means.device)).to(torch.float64, torch.CPU) + logCell;
        var (p, q) = (logTarget.exp(), logMixture.exp());
        return new(
            (q * (logMixture - logTarget)).sum().ToDouble(), (p * (logTarget - logMixture)).sum().ToDouble(),
            (p - q).abs().sum().ToDouble() / 2, target.Modes.Count(mode => Covers(mode, points, p, q)), q.sum().ToDouble());
    }

    /// <summary>The grid's points row by row, the second coordinate falling: <c>[side², 2]</c>, float64.</summary>
    /// <param name="extent">The grid spans [−extent, extent]².</param>
    /// <param name="side">Points a side.</param>
    public static torch.Tensor Points(double extent, int side)
    {
        using var scope = torch.NewDisposeScope();
        var axis = torch.linspace(-extent, extent, side, torch.float64, torch.CPU);
        var columns = axis.unsqueeze(0).expand(side, side).reshape(-1);
        var rows = axis.flip(0).unsqueeze(1).expand(side, side).reshape(-1);
        return torch.stack([columns, rows], 1).MoveToOuterDisposeScope();
    }

    /// <summary>The figures in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"KL(q ‖ p) {ReverseDivergence:F4}, ")
        + FormattableString.Invariant($"KL(p ‖ q) {ForwardDivergence:F4} nats, total variation {TotalVariation:F4}, ")
        + FormattableString.Invariant($"{ModesFound} modes found, mass {MixtureMass:F4}");

    private static bool Covers(ToyMode mode, torch.Tensor points, torch.Tensor p, torch.Tensor q)
    {
        var offset = points - torch.tensor([mode.X, mode.Y], torch.float64, torch.CPU);
        var inside = offset.square().sum(-1).le(9 * mode.Deviation * mode.Deviation);
        return q.masked_select(inside).sum().ToDouble() >= p.masked_select(inside).sum().ToDouble() / 2;
    }
}
