namespace VaeToolkit.Survival.Tests.Validation;

public class FoldIntervalTests
{
    private static readonly CrossValidationOptions s_options = new() { Repeats = 1, GridPoints = 10, Seed = 2 };

    [Fact]
    public void All_folds_are_scored_over_one_interval_and_those_that_end_earlier_are_named()
    {
        var patients = Study(25, 4);
        var seen = new List<IReadOnlyList<double>>();
        var result = CrossValidation.Run(patients, [Half("half", seen.Add)], s_options);
        seen.Should().HaveCount(5).And.OnlyContain(times => times.Contains(result.From) && times[times.Count - 1] == result.Until);
        result.Findings.Should().NotBeEmpty();
        // The end is the latest time at which every fold still follows a test patient and has enough left of G.
        foreach (var fold in StratifiedFolds.Draw(patients, 5, 1, 2))
        {
            var curve = BrierScore.Curve(
                patients.Select(fold.Test), Filled(fold.Test.Count, 2), [result.From, result.Until], patients.Select(fold.Training));
            curve.IntegratedUntil.Should().Be(result.Until);
            var last = patients.Select(fold.Test).Times.ToArray().Max();
            result.Findings.Any(finding => finding.StartsWith($"fold {fold.Index} of repeat 0 can be scored until "))
                .Should().Be(last < Wanted(patients), $"fold {fold.Index} ends at {last}");
        }
        result.ToString().Should().StartWith("scored from ").And.Contain(result.Findings[0]);
        // With S = ½ everybody's squared error is ¼, so without much censoring all folds score about that over any interval.
        result.IntegratedBrier("half").Mean.Should().BeApproximately(0.25, 0.08);
    }

    [Fact]
    public void An_end_that_is_asked_for_is_kept_or_refused_with_the_folds_that_cannot_reach_it()
    {
        var patients = Study(60, 9);
        var result = CrossValidation.Run(patients, [Half("half")], s_options with { From = 0.1, Until = 0.5 });
        (result.From, result.Until).Should().Be((0.1, 0.5));
        result.Findings.Should().BeEmpty();
        FluentActions.Invoking(() => CrossValidation.Run(patients, [Half("half")], s_options with { Until = 50 }))
            .Should().Throw<ArgumentException>().WithMessage("*to 50, but fold 0 of repeat 0 can be scored until * only, not 50; fold 1*");
        FluentActions.Invoking(() => CrossValidation.Run(patients, [Half("half")], s_options with { From = 1, Until = 0.5 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("Until");
        FluentActions.Invoking(() => CrossValidation.Run(patients, [Half("half")], s_options with { From = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("From");
        double[] equal = [.. Enumerable.Range(0, 30).Select(i => i % 2 == 0 ? 0.3 : 0.1 + 0.2)];
        var tied = new SurvivalTimes(equal, [.. Enumerable.Repeat(true, 30)]);
        FluentActions.Invoking(() => CrossValidation.Run(tied, [Half("half")]))
            .Should().Throw<ArgumentException>().WithMessage("*it must have a length*");
    }

    [Fact]
    public void A_covariate_that_is_constant_in_one_fold_fails_there_by_name_and_all_other_scores_are_kept()
    {
        var patients = Study(60, 3);
        var folds = StratifiedFolds.Draw(patients, 5, 1, 2);
        // All patients with a rare mark are in the test rows of fold 3, so that its training rows have none.
        var mark = Enumerable.Range(0, 60).Select(row => folds[3].Test.Take(4).Contains(row) ? 1.0 : 0).ToArray();
        var cox = new SurvivalCandidate("cox", (fold, times) => CoxModel.Fit(
            patients.Select(fold.Training), Columns(fold.Training), new() { Ridge = 1 }, ["mark", "other"])
            .Survival(Columns(fold.Test), times));
        var schema = new SurvivalCandidate("schema", (fold, times) =>
        {
            CovariateSchema.Fit(
                new(["mark"], [.. fold.Training.Select(row => new[] { $"{mark[row]}" })]), [new("mark", CovariateKind.Binary)]);
            return Filled(fold.Test.Count, times.Count);
        });
        var result = CrossValidation.Run(patients, [cox, schema, Half("half")], s_options);
        result.Failures.Select(failure => (failure.Candidate, failure.Repeat, failure.Fold))
            .Should().Equal(("cox", 0, 3), ("schema", 0, 3));
        result.Failures[0].ToString().Should().StartWith("'cox' in fold 3 of repeat 0: Covariate 'mark' is constant");
        result.Failures[1].Cause.Should().BeOfType<FormatException>().Which.Message.Should().Contain("column 'mark'");
        result.Candidates[0].IntegratedBrier.Select(double.IsNaN).Should().Equal(false, false, false, true, false);
        result.IntegratedBrier("half").Folds.Should().Be(5);
        FluentActions.Invoking(() => result.IntegratedBrier("cox")).Should().Throw<ArgumentException>()
            .WithMessage("1 of 5 folds could not be scored: 'cox' in fold 3 of repeat 0: Covariate 'mark'*");
        FluentActions.Invoking(() => result.BrierDifference("half", "cox"))
            .Should().Throw<ArgumentException>().WithMessage("*'cox' in fold 3*");
        result.IntegratedBrier("cox", overScoredFolds: true).Folds.Should().Be(4);
        result.Concordance("cox", overScoredFolds: true).Folds.Should().Be(4);
        result.BrierDifference("cox", "half", overScoredFolds: true).Folds.Should().Be(4);
        result.ToString().Should().Contain("'cox' in fold 3 of repeat 0").And.Contain("half");
        result.Candidates[0].ToString().Should().EndWith("5 folds, 1 of them failed");

        double[,] Columns(IReadOnlyList<int> rows)
        {
            var columns = new double[rows.Count, 2];
            for (var i = 0; i < rows.Count; i++)
                (columns[i, 0], columns[i, 1]) = (mark[rows[i]], Math.Sin(rows[i]));
            return columns;
        }
    }

    [Fact]
    public void A_prediction_that_is_no_probability_fails_the_fold_and_names_the_patient()
    {
        var patients = Study(40, 8);
        var broken = new SurvivalCandidate("broken", (fold, times) =>
        {
            var survival = Filled(fold.Test.Count, times.Count);
            survival[1, 0] = fold.Index == 2 ? double.NaN : 0.5;
            return survival;
        });
        var result = CrossValidation.Run(patients, [broken], s_options);
        var fold = StratifiedFolds.Draw(patients, 5, 1, 2)[2];
        result.Failures.Should().ContainSingle().Which.ToString()
            .Should().StartWith($"'broken' in fold 2 of repeat 0: the prediction for patient {fold.Test[1]} at ");
    }

    private static double Wanted(SurvivalTimes patients)
        => MathNet.Numerics.Statistics.Statistics.Quantile(patients.Times.ToArray().Where((_, i) => patients.Events[i]), 0.9);

    private static SurvivalTimes Study(int count, int seed)
    {
        var random = new Random(seed);
        var times = Enumerable.Range(0, count).Select(_ => -Math.Log(1 - random.NextDouble()) + 1e-6).ToArray();
        return new(times, [.. times.Select(_ => random.Next(5) > 0)]);
    }

    private static SurvivalCandidate Half(string name, Action<IReadOnlyList<double>>? look = null) => new(name, (fold, times) =>
    {
        look?.Invoke(times);
        return Filled(fold.Test.Count, times.Count);
    });

    private static double[,] Filled(int rows, int columns)
    {
        var half = new double[rows, columns];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
                half[row, column] = 0.5;
        return half;
    }

    [Fact]
    public void A_failure_is_one_line()
        => new FoldFailure("a", 0, 1, new InvalidOperationException("first\r\nframe #0")).ToString()
            .Should().Be("'a' in fold 1 of repeat 0: first");
}
