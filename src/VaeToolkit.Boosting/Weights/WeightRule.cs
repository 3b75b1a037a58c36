namespace VaeToolkit.Boosting;

/// <summary>How weights are chosen when a component joins a mixture.</summary>
public abstract class WeightRule
{
    // A step size of exactly 0 or 1 would leave log(α) or log(1 − α) infinite.
    private protected const double Smallest = 1e-4;

    private protected WeightRule()
    {
    }

    /// <summary>The rule's name, with its options.</summary>
    public override string ToString() => GetType().Name;

    /// <summary>The weights of the old components and, last, the new one's.</summary>
    internal abstract IReadOnlyList<double> Solve(WeightProblem problem);
}
