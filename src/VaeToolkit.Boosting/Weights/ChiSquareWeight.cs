using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// α = −∫ (1/p) q_t (h − q_t) / ∫ (1/p) (h − q_t)², clipped to [10⁻⁴, 1 − 10⁻⁴]: the exact minimiser of χ²(q_{t+1}
/// ‖ p), which is the second-order form of the Kullback-Leibler divergence near p, and not its minimiser. For comparison only:
/// 1/p in the tails has a large variance.
/// </summary>
public sealed class ChiSquareWeight : StepSizeRule
{
    // Importance sampling from m = ½ q_t + ½ h: ∫ f/p = E_m[(m/p) f/m²] for f a product of two densities.
    // The target's constant cancels in the quotient.
    internal override double StepSize(WeightProblem problem)
    {
        using var scope = torch.NewDisposeScope();
        var (current, component) = (problem.Current, problem.Component);
        var points = torch.cat([current.Sample(problem.Samples), component.RSample(problem.Samples).reshape(-1, component.Size)]);
        var logOld = current.LogDensity(points).to(torch.float64);
        var logNew = component.LogDensities(points, torch.zeros(1, points.dtype, points.device)).squeeze(1).to(torch.float64);
        var logSampler = torch.logaddexp(logOld, logNew) - Math.Log(2);
        var logScale = logSampler - problem.Target.Evaluate(points).to(torch.float64);
        var scale = (logScale - logScale.max()).exp();
        var (old, difference) = ((logOld - logSampler).exp(), (logNew - logSampler).exp() - (logOld - logSampler).exp());
        var (slope, curvature) = ((scale * old * difference).sum().ToDouble(), (scale * difference.square()).sum().ToDouble());
        // A component that is the mixture itself changes nothing at any weight.
        return curvature == 0 ? Smallest : Math.Clamp(-slope / curvature, Smallest, 1 - Smallest);
    }
}
