using System.Diagnostics.CodeAnalysis;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// Chooses treatments by predicted utility. In a model where treatment depends on covariates only, p(y | do(t), x) = p(y|t,x).
/// </summary>
[Experimental("VT0001", Message = "Recommendations were held against simulated trials alone: docs/experimental.md.")]
public static class Recommend
{
    /// <summary>Ranks all combinations of treatments for one patient and chooses one.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="patient">The patient, from 0.</param>
    /// <param name="utility">What to choose for.</param>
    /// <param name="options">How; null for the best.</param>
    /// <exception cref="ArgumentException">The study has no treatments.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such patient, or an option is out of range.</exception>
    public static TreatmentAdvice Treatment(SurvivalPrediction prediction, int patient, Utility utility, RecommendOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(utility);
        options = (options ?? new()).Validated();
        if (prediction.Treatments.Count < 2)
            throw new ArgumentException("The study has no treatments, so there is nothing to choose.", nameof(prediction));
        var ranking = Rank(prediction, patient, utility, options.LeastOverlap);
        var chosen = options.LeastIntenseWithin is { } margin
            ? ranking.Where(treatment => treatment.Shortfall.Value <= margin).OrderBy(treatment => treatment.Intensity).First()
            : ranking[0];
        return new(chosen, ranking, Warnings(prediction, patient, chosen));
    }

    private static List<RankedTreatment> Rank(SurvivalPrediction prediction, int patient, Utility utility, double leastOverlap)
    {
        var (treatments, predicted) = (prediction.Treatments, prediction.For(patient));
        var utilities = Enumerable.Range(0, treatments.Count).Select(t => utility.Of(prediction.For(patient, t))).ToArray();
        var best = utilities.MaxBy(functional => functional.Value);
        return
        [
            .. from t in Enumerable.Range(0, treatments.Count)
               let probability = prediction.TreatmentProbability(patient, t)
               orderby utilities[t].Value descending
               select new RankedTreatment(
                   t, treatments.Describe(t), predicted.Of(utilities[t]), predicted.Of(best.Minus(utilities[t])),
                   treatments.Intensity(t), probability, probability < leastOverlap),
        ];
    }

    private static List<string> Warnings(SurvivalPrediction prediction, int patient, RankedTreatment chosen)
    {
        var warnings = new List<string>();
        if (prediction.Warning(patient) is { } warning)
            warnings.Add(warning);
        if (chosen.LacksOverlap)
            warnings.Add(FormattableString.Invariant(
                $"{chosen.Description} is given to such patients with probability {chosen.Probability:G2}: the data say little about it"));
        return warnings;
    }
}
