namespace VaeToolkit.Survival;

/// <summary>
/// Comparing survival models by repeated stratified cross-validation. All folds are scored over one interval of time; the censoring weights
/// come from the training rows of each fold, and so does whatever the candidates fit.
/// </summary>
public static class CrossValidation
{
    /// <summary>
    /// Scores candidates in the same folds. A candidate that throws in a fold, or predicts nothing or a wrong number of patients or times,
    /// has no score there and keeps the others: <see cref="CrossValidationResult.Failures"/> says which and why.
    /// </summary>
    /// <param name="patients">The patients, with at least as many events as folds.</param>
    /// <param name="candidates">What to compare, at least one, of different names.</param>
    /// <param name="options">Folds, interval and scores; null for the defaults.</param>
    /// <param name="progress">Told the share of fits that are done, after each.</param>
    /// <param name="cancellationToken">Stops between fits.</param>
    /// <exception cref="ArgumentException">
    /// No candidates or two of one name, fewer events than folds, event times so alike that there is no interval, or a fold that cannot
    /// reach the end that was asked for (it is named).
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CrossValidationResult Run(
        SurvivalTimes patients,
        IReadOnlyList<SurvivalCandidate> candidates,
        CrossValidationOptions? options = null,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(patients);
        ArgumentNullException.ThrowIfNull(candidates);
        options = (options ?? new()).Validated();
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates[i] is not { Name: not null, Predict: not null })
                throw new ArgumentException($"Candidate {i} is null, or its name or what it predicts with is.", nameof(candidates));
        }
        if (candidates.Select(candidate => candidate.Name).Distinct().Count() is var names && (names == 0 || names < candidates.Count))
            throw new ArgumentException(
                $"There are {candidates.Count} candidates with {names} names; at least one is needed, all of different names.",
                nameof(candidates));
        var folds = StratifiedFolds.Draw(patients, options.Folds, options.Repeats, options.Seed)
            .Select(fold => new TestFold(patients, fold, options.Brier)).ToList();
        var interval = ScoreInterval.Of(patients, folds, options);
        var grid = interval.Grid(options.GridPoints);
        var boards = candidates.Select(candidate => new Board(candidate, folds.Count)).ToList();
        for (var f = 0; f < folds.Count; f++)
        {
            for (var c = 0; c < boards.Count; c++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                boards[c].Score(f, folds[f], grid);
                progress?.Report((f * boards.Count + c + 1.0) / (folds.Count * boards.Count));
            }
        }
        return new([.. boards.Select(board => board.ToScores())], options.Folds, interval);
    }

    /// <summary>The scores of one candidate as they come in.</summary>
    private sealed class Board(SurvivalCandidate candidate, int folds)
    {
        private readonly (double Brier, double Concordance)[] _scores = new (double, double)[folds];
        private readonly List<FoldFailure> _failures = [];

        internal void Score(int index, TestFold fold, double[] grid)
        {
            _scores[index] = (double.NaN, double.NaN);
            var times = fold.Times(grid);
            try
            {
                var survival = candidate.Predict(fold.Fold, times)
                    ?? throw new InvalidOperationException("Predict gave null; it must give a row per patient and a column per time");
                PredictionShape.Require(survival, fold.Fold.Test.Count, times.Length, candidate.Name);
                _scores[index] = fold.Score(survival, times, grid);
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
            {
                _failures.Add(new(candidate.Name, fold.Fold.Repeat, fold.Fold.Index, exception));
            }
        }

        internal CandidateScores ToScores()
            => new(candidate.Name, [.. _scores.Select(score => score.Brier)], [.. _scores.Select(score => score.Concordance)])
            {
                Failures = _failures,
            };
    }
}
