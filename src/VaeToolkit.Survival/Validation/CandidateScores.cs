namespace VaeToolkit.Survival.Validation;

/// <summary>What one candidate scored.</summary>
/// <param name="Name">The candidate.</param>
/// <param name="IntegratedBrier">The integrated Brier score of every fold, smaller is better.</param>
/// <param name="Concordance">Antolini's concordance of every fold up to the end of its grid, larger is better.</param>
public sealed record CandidateScores(string Name, IReadOnlyList<double> IntegratedBrier, IReadOnlyList<double> Concordance);
