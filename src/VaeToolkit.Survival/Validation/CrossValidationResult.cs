namespace VaeToolkit.Survival.Validation;

/// <summary>What candidates scored in the same folds.</summary>
public sealed class CrossValidationResult
{
    private readonly double _testPerTraining;

    internal CrossValidationResult(IReadOnlyList<CandidateScores> candidates, int folds)
        => (Candidates, _testPerTraining) = (candidates, 1.0 / (folds - 1));

    /// <summary>The scores of each candidate, fold by fold, in the order in which they were given.</summary>
    public IReadOnlyList<CandidateScores> Candidates { get; }

    /// <summary>The mean integrated Brier score of a candidate.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such candidate, or a fold could not be scored.</exception>
    public FoldMean IntegratedBrier(string name) => FoldMean.Of(Of(name).IntegratedBrier, _testPerTraining);

    /// <summary>The mean concordance of a candidate.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such candidate, or a fold could not be scored.</exception>
    public FoldMean Concordance(string name) => FoldMean.Of(Of(name).Concordance, _testPerTraining);

    /// <summary>
    /// The mean difference between the integrated Brier scores of two candidates, fold by fold; below 0 the first is the better one. Its
    /// standard error is smaller than the scores' own, since both were scored on the same patients.
    /// </summary>
    /// <param name="first">The name of one.</param>
    /// <param name="second">The name of the other.</param>
    /// <exception cref="ArgumentException">There is no such candidate, or a fold could not be scored.</exception>
    public FoldMean BrierDifference(string first, string second)
        => FoldMean.Of([.. Of(first).IntegratedBrier.Zip(Of(second).IntegratedBrier, (left, right) => left - right)], _testPerTraining);

    private CandidateScores Of(string name)
        => Candidates.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new ArgumentException(
                $"There is no candidate '{name}'; there are {string.Join(", ", Candidates.Select(candidate => candidate.Name))}.",
                nameof(name));
}
