namespace VaeToolkit.Boosting;

/// <summary>A rule that chooses one number α, the new component's weight; the old weights are multiplied by 1 − α.</summary>
public abstract class StepSizeRule : WeightRule
{
    private protected StepSizeRule()
    {
    }

    internal sealed override IReadOnlyList<double> Solve(WeightProblem problem) => problem.Mixed(StepSize(problem));

    /// <summary>α.</summary>
    internal abstract double StepSize(WeightProblem problem);
}
