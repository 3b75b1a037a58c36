namespace VaeToolkit.Survival;

/// <summary>What one candidate scored.</summary>
/// <param name="Name">The candidate.</param>
/// <param name="IntegratedBrier">The integrated Brier score of every fold, smaller is better; NaN where it failed.</param>
/// <param name="Concordance">Antolini's concordance of every fold up to the end of the interval, larger is better; NaN where it
/// failed.</param>
public sealed record CandidateScores(string Name, IReadOnlyList<double> IntegratedBrier, IReadOnlyList<double> Concordance)
{
    /// <summary>The folds in which it could not be scored, and why; empty if all went well.</summary>
    public IReadOnlyList<FoldFailure> Failures { get; init; } = [];

    /// <summary>The means over the folds that were scored, and how many were not.</summary>
    public override string ToString()
        => FormattableString.Invariant($"{Name}: integrated Brier score {Mean(IntegratedBrier):F4}, concordance {Mean(Concordance):F4}, ")
            + $"{IntegratedBrier.Count} folds" + (Failures.Count > 0 ? $", {Failures.Count} of them failed" : "");

    private static double Mean(IReadOnlyList<double> scores)
        => scores.Where(score => !double.IsNaN(score)).DefaultIfEmpty(double.NaN).Average();
}
