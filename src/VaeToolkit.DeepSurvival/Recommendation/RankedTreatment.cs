namespace VaeToolkit.DeepSurvival;

/// <summary>A combination of treatments as a patient's ranking has it.</summary>
/// <param name="Combination">Its number in the treatments' set.</param>
/// <param name="Description">The same in words.</param>
/// <param name="Utility">Its utility.</param>
/// <param name="Shortfall">The best one's utility less its own, with the error of the difference: both come from the same draws.</param>
/// <param name="Intensity">Its intensity.</param>
/// <param name="Probability">p(t|x), how likely it was given to such a patient.</param>
/// <param name="LacksOverlap">Whether that is so unlikely that the data say little about it.</param>
public sealed record RankedTreatment(
    int Combination, string Description, Estimate Utility, Estimate Shortfall, double Intensity, double Probability, bool LacksOverlap)
{
    /// <summary>Treatment, utility and shortfall in one line.</summary>
    public override string ToString()
        => FormattableString.Invariant($"{Description}: {Utility}, {Shortfall} short of the best, given with probability {Probability:F2}")
            + (LacksOverlap ? " (hardly ever)" : "");
}
