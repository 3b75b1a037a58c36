namespace VaeToolkit.Boosting;

/// <summary>
/// α that minimises KL((1 − α) q_t + α h ‖ p): its derivative E_h[log q_α − log p] − E_{q_t}[log q_α − log p] grows with α,
/// and its zero in [10⁻⁴, 1 − 10⁻⁴] is found by halving on common samples. Deterministic given the seed.
/// </summary>
public sealed class BisectionWeight : StepSizeRule
{
    private const int Halvings = 24;

    internal override double StepSize(WeightProblem problem)
    {
        var (low, high) = (Smallest, 1 - Smallest);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = problem.Slope(middle) < 0 ? (middle, high) : (low, middle);
        }
        return (low + high) / 2;
    }
}
