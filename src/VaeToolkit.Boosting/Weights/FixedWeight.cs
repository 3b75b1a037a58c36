using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

/// <summary>The same α for every new component.</summary>
public sealed class FixedWeight : StepSizeRule
{
    /// <summary>Makes the rule.</summary>
    /// <param name="alpha">α, inside (0, 1); default 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is not inside (0, 1).</exception>
    public FixedWeight(double alpha = 0.5)
    {
        OptionRange.Require(alpha is > 0 and < 1, nameof(alpha), alpha, "the weight α must be inside (0, 1)");
        Alpha = alpha;
    }

    internal double Alpha { get; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{nameof(FixedWeight)} {Alpha}");

    internal override double StepSize(WeightProblem problem) => Alpha;
}
