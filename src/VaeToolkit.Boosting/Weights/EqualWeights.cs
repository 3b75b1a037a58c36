namespace VaeToolkit.Boosting;

/// <summary>Every component has the weight 1/k, as in the published runs of BooVAE.</summary>
public sealed class EqualWeights : WeightRule
{
    // Computed anew instead of multiplied on, so that nothing drifts.
    internal override IReadOnlyList<double> Solve(WeightProblem problem)
    {
        var count = problem.Current.Weights.Count + 1;
        return [.. Enumerable.Repeat(1.0 / count, count)];
    }
}
