using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// α by stochastic gradient descent on KL((1 − α) q_t + α h ‖ p), as in the published algorithm but with log q_α taken at every
/// sample (averaging log h and log q_t over samples first and mixing then is biased) and the gradient, which can be in the hundreds,
/// clipped to [−1, 1]: α ← clip(α − η/(i + 1) g), from 0.5, with fresh samples of both at every step,
/// until α moves by less than 10⁻⁴ after at least 20 steps.
/// </summary>
public sealed class GradientWeight : StepSizeRule
{
    private const double Rate = 0.5;
    private const int SamplesEach = 256;
    private const int MaxSteps = 10_000;
    private const int LeastSteps = 20;
    private const double Tolerance = 1e-4;

    internal override double StepSize(WeightProblem problem)
    {
        var alpha = 0.5;
        for (var i = 0; i < MaxSteps; i++)
        {
            using var scope = torch.NewDisposeScope();
            var slope = Math.Clamp(Slope(problem, alpha), -1, 1);
            var next = Math.Clamp(alpha - Rate / (i + 1) * slope, Smallest, 1 - Smallest);
            var change = Math.Abs(next - alpha);
            alpha = next;
            if (i > LeastSteps && change <= Tolerance)
                break;
        }
        return alpha;
    }

    private static double Slope(WeightProblem problem, double alpha)
    {
        using var fresh = new WeightProblem(problem.Target, problem.Current, problem.Component, SamplesEach);
        return fresh.Slope(alpha);
    }
}
