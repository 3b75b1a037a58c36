namespace VaeToolkit.Boosting;

/// <summary>
/// All weights at once, minimising KL(q_w ‖ p) by w_k ← w_k exp(E_{h_k}[log p − log q_w]), normalised: mirror descent of step 1 on
/// common samples. It cannot overshoot, since KL(q_w ‖ q_v) ≤ KL(w ‖ v). Needs the log-density only. It starts with the new component
/// at 1/k.
/// </summary>
public sealed class MirrorDescentWeights : WeightRule
{
    private const int Sweeps = 100;

    internal override IReadOnlyList<double> Solve(WeightProblem problem)
    {
        var weights = problem.Mixed(1.0 / (problem.Current.Weights.Count + 1));
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var divergences = problem.Divergences(weights);
            var least = divergences.Min();
            double[] raised = [.. weights.Select((weight, k) => weight * Math.Exp(least - divergences[k]))];
            var sum = raised.Sum();
            weights = [.. raised.Select(weight => weight / sum)];
        }
        return weights;
    }
}
