namespace VaeToolkit.Survival;

/// <summary>A fold's test rows, and the scores of predictions for them.</summary>
internal sealed class TestFold
{
    private readonly SurvivalTimes _training;
    private readonly SurvivalTimes _test;
    private readonly BrierOptions _options;

    public TestFold(SurvivalTimes patients, Fold fold, BrierOptions options)
    {
        (Fold, _options) = (fold, options.Validated());
        (_training, _test) = (patients.Select(fold.Training), patients.Select(fold.Test));
    }

    public Fold Fold { get; }

    /// <summary>The latest of some times at which Brier scores can be computed, or NaN.</summary>
    public double Reach(IEnumerable<double> times)
    {
        var (last, censoring) = (_test.Times.ToArray().Max(), KaplanMeier.FitCensoring(_training, _options.CensoringTies).Curve);
        return times.Where(time => time <= last && censoring.At(time) > _options.SmallestCensoring).DefaultIfEmpty(double.NaN).Max();
    }

    /// <summary>The times at which predictions are needed: a grid, and the test rows' events until its end.</summary>
    public double[] Times(double[] grid) => [.. grid.Concat(UntilEnd(grid).DistinctEventTimes()).Distinct().Order()];

    /// <summary>The integrated Brier score over a grid, and the concordance until its end, of predictions <c>[test rows, T]</c>.</summary>
    /// <exception cref="InvalidOperationException">A prediction is no probability; patient and time are named.</exception>
    public (double IntegratedBrier, double Concordance) Score(double[,] survival, double[] times, double[] grid)
    {
        RequireProbabilities(survival, times);
        var untilEnd = UntilEnd(grid);
        var brier = BrierScore.Curve(_test, At(grid), grid, _training, _options);
        return (brier.Integrated, Concordance.Antolini(untilEnd, At(untilEnd.DistinctEventTimes())).Value);

        double[,] At(double[] some)
        {
            var columns = Array.ConvertAll(some, time => Array.BinarySearch(times, time));
            var part = new double[_test.Count, some.Length];
            for (var row = 0; row < _test.Count; row++)
                for (var column = 0; column < columns.Length; column++)
                    part[row, column] = survival[row, columns[column]];
            return part;
        }
    }

    private void RequireProbabilities(double[,] survival, double[] times)
    {
        for (var row = 0; row < _test.Count; row++)
            for (var column = 0; column < times.Length; column++)
                if (!(survival[row, column] is >= 0 and <= 1))
                    throw new InvalidOperationException(FormattableString.Invariant(
                        $"the prediction for patient {Fold.Test[row]} at {times[column]} is {survival[row, column]}, not between 0 and 1"));
    }

    /// <summary>The test rows, censored at a grid's end.</summary>
    private SurvivalTimes UntilEnd(double[] grid)
    {
        var times = _test.Times.ToArray();
        return new(
            [.. times.Select(time => Math.Min(time, grid[^1]))],
            [.. times.Select((time, row) => _test.Events[row] && time <= grid[^1])], tieTolerance: 0);
    }
}
