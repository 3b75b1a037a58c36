using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// What <see cref="Recommend"/> found for one patient. It is about p(y | do(t), x), which equals p(y|t,x) only if nothing that is not in x
/// influences both the treatment and the time. The errors are those of the draws, not of the model.
/// </summary>
/// <param name="Chosen">The recommended treatment.</param>
/// <param name="Ranking">All combinations, the best first.</param>
/// <param name="Warnings">What to know before it is followed: too few draws, or no overlap; empty if nothing.</param>
public sealed record TreatmentAdvice(RankedTreatment Chosen, IReadOnlyList<RankedTreatment> Ranking, IReadOnlyList<string> Warnings)
{
    /// <summary>The recommended treatment, the ranking and the warnings, a line each.</summary>
    public override string ToString()
        => string.Join(Environment.NewLine, [
            $"recommended: {Chosen.Description}",
            new TextTable("treatment", "utility", "short of the best", "intensity", "probability").AddAll(Ranking.Select(Row)).ToString(),
            .. Warnings]);

    private static string[] Row(RankedTreatment treatment)
        => [treatment.Description, treatment.Utility.ToString(), treatment.Shortfall.ToString(), TextTable.Number(treatment.Intensity),
            TextTable.Number(treatment.Probability, 2)];
}
