using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// All weights at once, maximising the likelihood of samples of the target, which minimises KL(p ‖ q_w): w_k ← mean_i w_k
/// h_k(z_i)/q_w(z_i), z_i ~ p. Every sweep raises it; there is no step size. At its maximum mean_i h_k(z_i)/q_w(z_i) is 1 where w_k > 0 and
/// at most 1 where w_k = 0. The target must be one that can be sampled.
/// </summary>
public sealed class ExpectationMaximisationWeights : WeightRule
{
    private const int Sweeps = 100;

    internal override IReadOnlyList<double> Solve(WeightProblem problem)
    {
        using var scope = torch.NewDisposeScope();
        var points = problem.Target.Sample(problem.Samples);
        var logDensities = problem.All.LogDensities(points, torch.zeros(problem.All.Count, points.dtype, points.device));
        return Fit(logDensities, problem.Mixed(1.0 / problem.All.Count), Sweeps);
    }

    /// <summary>The weights after some sweeps, from log h_k(z_i) <c>[N, M]</c>.</summary>
    internal static double[] Fit(torch.Tensor logDensities, IReadOnlyList<double> start, int sweeps)
    {
        using var scope = torch.NewDisposeScope();
        var densities = logDensities.to(torch.float64).cpu();
        densities = (densities - densities.amax(-1).unsqueeze(-1)).exp();
        var byComponent = densities.t().contiguous();
        var weights = torch.tensor(start.ToArray(), torch.float64, torch.CPU);
        for (var sweep = 0; sweep < sweeps; sweep++)
            weights = weights * byComponent.mv(densities.mv(weights).reciprocal()) / densities.shape[0];
        return (weights / weights.sum()).data<double>().ToArray();
    }
}
