using MathNet.Numerics;
using MathNet.Numerics.Statistics;
using VaeToolkit.Survival.Scores;

namespace VaeToolkit.Survival.Validation;

/// <summary>
/// Comparing survival models by repeated stratified cross-validation. The grid, its end, and the censoring weights come from the training
/// rows of each fold, and so does whatever the candidates fit.
/// </summary>
public static class CrossValidation
{
    /// <summary>Scores candidates in the same folds.</summary>
    /// <param name="patients">The patients, with at least as many events as folds.</param>
    /// <param name="candidates">What to compare, at least one, of different names.</param>
    /// <param name="options">Folds, grid and scores; null for the defaults.</param>
    /// <param name="progress">Told the share of fits that are done, after each.</param>
    /// <param name="cancellationToken">Stops between fits.</param>
    /// <exception cref="ArgumentException">
    /// No candidates or two of one name, fewer events than folds, event times so alike that there is no grid, or a prediction of the wrong
    /// shape (the candidate is named), outside 0 to 1 or NaN.
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
        if (candidates.Select(candidate => candidate.Name).Distinct().Count() is var names && (names == 0 || names < candidates.Count))
            throw new ArgumentException(
                $"There are {candidates.Count} candidates with {names} names; at least one is needed, all of different names.",
                nameof(candidates));
        var folds = StratifiedFolds.Draw(patients, options.Folds, options.Repeats, options.Seed);
        var scores = candidates.Select(_ => (Brier: new double[folds.Count], Concordance: new double[folds.Count])).ToList();
        for (var f = 0; f < folds.Count; f++)
        {
            var test = new TestFold(patients, folds[f], options);
            for (var c = 0; c < candidates.Count; c++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                (scores[c].Brier[f], scores[c].Concordance[f]) = test.Score(candidates[c]);
                progress?.Report((f * candidates.Count + c + 1.0) / (folds.Count * candidates.Count));
            }
        }
        return new([.. candidates.Zip(scores, (candidate, score) => new CandidateScores(candidate.Name, score.Brier, score.Concordance))],
            options.Folds);
    }

    /// <summary>The times at which a fold is scored, and the scores there.</summary>
    private sealed class TestFold
    {
        private readonly Fold _fold;
        private readonly BrierOptions _options;
        private readonly SurvivalTimes _training;
        private readonly SurvivalTimes _test;
        private readonly SurvivalTimes _untilEnd;
        private readonly double[] _grid;
        private readonly double[] _times;

        internal TestFold(SurvivalTimes patients, Fold fold, CrossValidationOptions options)
        {
            (_fold, _options) = (fold, options.Brier);
            (_training, _test) = (patients.Select(fold.Training), patients.Select(fold.Test));
            _grid = Grid(_training, options);
            _untilEnd = CensoredAt(_test, _grid[^1]);
            _times = [.. _grid.Concat(_untilEnd.DistinctEventTimes()).Distinct().Order()];
        }

        internal (double IntegratedBrier, double Concordance) Score(SurvivalCandidate candidate)
        {
            var survival = candidate.Predict(_fold, _times);
            PredictionShape.Require(survival, _test.Count, _times.Length, candidate.Name);
            var brier = BrierScore.Curve(_test, At(_grid, survival), _grid, _training, _options);
            return (brier.Integrated, Scores.Concordance.Antolini(_untilEnd, At(_untilEnd.DistinctEventTimes(), survival)).Value);
        }

        private double[,] At(double[] times, double[,] survival)
        {
            var columns = Array.ConvertAll(times, time => Array.BinarySearch(_times, time));
            var some = new double[_test.Count, times.Length];
            for (var row = 0; row < _test.Count; row++)
                for (var column = 0; column < columns.Length; column++)
                    some[row, column] = survival[row, columns[column]];
            return some;
        }

        private static double[] Grid(SurvivalTimes training, CrossValidationOptions options)
        {
            var times = training.Times.ToArray().Where((_, row) => training.Events[row]).ToArray();
            var (first, last) = (times.Quantile(options.FirstQuantile), times.Quantile(options.LastQuantile));
            return last > first ? Generate.LinearSpaced(options.GridPoints, first, last)
                : throw new ArgumentException(
                    FormattableString.Invariant(
                        $"The event times of a fold's training rows have equal quantiles, {first}; there is no grid."),
                    nameof(training));
        }

        private static SurvivalTimes CensoredAt(SurvivalTimes patients, double end)
        {
            var times = patients.Times.ToArray();
            return new(
                [.. times.Select(time => Math.Min(time, end))], [.. times.Select((time, row) => patients.Events[row] && time <= end)]);
        }
    }
}
