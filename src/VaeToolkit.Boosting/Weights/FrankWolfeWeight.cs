namespace VaeToolkit.Boosting;

/// <summary>α_t = 2/(t + 2) for the component that follows t others, the step size of Frank and Wolfe's algorithm.</summary>
public sealed class FrankWolfeWeight : StepSizeRule
{
    internal override double StepSize(WeightProblem problem) => 2.0 / (problem.Current.Weights.Count + 2);
}
