namespace VaeToolkit.Survival;

/// <summary>What candidates scored in the same folds.</summary>
public sealed class CrossValidationResult
{
    private readonly int _folds;

    internal CrossValidationResult(IReadOnlyList<CandidateScores> candidates, int folds, ScoreInterval interval)
        => (Candidates, _folds, From, Until, Findings) = (candidates, folds, interval.From, interval.Until, interval.Findings);

    /// <summary>The scores of each candidate, fold by fold, in the order in which they were given.</summary>
    public IReadOnlyList<CandidateScores> Candidates { get; }

    /// <summary>Where the interval of time begins over which all folds were scored.</summary>
    public double From { get; }

    /// <summary>Where it ends: the end that was wanted, or the latest time that every fold can reach.</summary>
    public double Until { get; }

    /// <summary>The folds that could not be scored until the end that was wanted, and until when they could; empty if all could.</summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>Which candidates could not be scored in which folds, and why; empty if all went well.</summary>
    public IReadOnlyList<FoldFailure> Failures => [.. Candidates.SelectMany(candidate => candidate.Failures)];

    /// <summary>The mean integrated Brier score of a candidate.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="overScoredFolds">Whether to leave out folds that could not be scored; by default they are refused.</param>
    /// <exception cref="ArgumentException">There is no such candidate, or a fold could not be scored; it is named with the cause.
    /// </exception>
    public FoldMean IntegratedBrier(string name, bool overScoredFolds = false)
        => Mean(Of(name).IntegratedBrier, overScoredFolds, name);

    /// <summary>The mean concordance of a candidate.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="overScoredFolds">Whether to leave out folds that could not be scored; by default they are refused.</param>
    /// <exception cref="ArgumentException">There is no such candidate, or a fold could not be scored; it is named with the cause.
    /// </exception>
    public FoldMean Concordance(string name, bool overScoredFolds = false) => Mean(Of(name).Concordance, overScoredFolds, name);

    /// <summary>
    /// The mean difference between the integrated Brier scores of two candidates, fold by fold; below 0 the first is the better one. Its
    /// standard error is smaller than the scores' own, since both were scored on the same patients.
    /// </summary>
    /// <param name="first">The name of one.</param>
    /// <param name="second">The name of the other.</param>
    /// <param name="overScoredFolds">Whether to leave out folds in which either could not be scored; by default they are refused.</param>
    /// <exception cref="ArgumentException">There is no such candidate, or a fold could not be scored; it is named with the cause.
    /// </exception>
    public FoldMean BrierDifference(string first, string second, bool overScoredFolds = false)
        => Mean([.. Of(first).IntegratedBrier.Zip(Of(second).IntegratedBrier, (left, right) => left - right)], overScoredFolds,
            first, second);

    /// <summary>The interval, a candidate a line with the means over the folds that were scored, and what went wrong.</summary>
    public override string ToString()
    {
        var table = new TextTable("", "integrated Brier score", "standard error", "concordance", "standard error", "folds");
        foreach (var candidate in Candidates)
        {
            var (brier, concordance) = (Known(candidate.IntegratedBrier), Known(candidate.Concordance));
            table.Add(candidate.Name, TextTable.Number(brier.Mean), TextTable.Number(brier.StandardError, 2),
                TextTable.Number(concordance.Mean), TextTable.Number(concordance.StandardError, 2), $"{brier.Folds}");
        }
        return string.Join(Environment.NewLine,
            [FormattableString.Invariant($"scored from {From:G6} to {Until:G6}"), table.ToString(), .. Findings,
                .. Failures.Select(failure => failure.ToString())]);
    }

    private FoldMean Known(IReadOnlyList<double> values)
    {
        double[] known = [.. values.Where(value => !double.IsNaN(value))];
        return known.Length == 0 ? new(double.NaN, double.NaN, 0) : FoldMean.Of(known, TestPerTraining);
    }

    private FoldMean Mean(IReadOnlyList<double> values, bool overScoredFolds, params string[] names)
    {
        var lost = values.ToList().FindIndex(double.IsNaN);
        if (lost < 0 || overScoredFolds)
            return Known(values);
        var (repeat, fold) = Math.DivRem(lost, _folds);
        var failures = Failures.Where(failure => names.Contains(failure.Candidate)).ToList();
        throw new ArgumentException(
            (failures.Count > 0 ? $"{failures.Count} of {values.Count} folds could not be scored: {failures[0]}"
                : $"Fold {fold} of repeat {repeat} has no score of {string.Join(" and ", names)}: no two patients can be compared there.")
            + " The others are in Candidates, and overScoredFolds takes their mean.");
    }

    private double TestPerTraining => 1.0 / (_folds - 1);

    private CandidateScores Of(string name)
        => Candidates.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new ArgumentException(
                $"There is no candidate '{name}'; there are {string.Join(", ", Candidates.Select(candidate => candidate.Name))}.",
                nameof(name));
}
