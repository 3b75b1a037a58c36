namespace VaeToolkit.Survival.Tests.Validation;

public class CrossValidationTests
{
    private static readonly CrossValidationOptions s_quick = new() { Repeats = 2, GridPoints = 20, Seed = 3 };

    [RealDataFact("tabular/veteran.csv")]
    public void On_veteran_cox_is_better_than_kaplan_meier_by_several_standard_errors()
    {
        var veteran = Table.Read("veteran", "karno", "smallcell", "adeno", "large");
        var result = CrossValidation.Run(veteran.Patients, [Cox(veteran), Marginal(veteran)], s_quick);
        var difference = result.BrierDifference("Cox", "Kaplan-Meier");
        difference.Mean.Should().BeLessThan(-2 * difference.StandardError);
        difference.Mean.Should().BeApproximately(result.IntegratedBrier("Cox").Mean - result.IntegratedBrier("Kaplan-Meier").Mean, 1e-12);
        difference.Folds.Should().Be(10);
        result.Concordance("Cox").Mean.Should().BeGreaterThan(0.65);
        result.Concordance("Kaplan-Meier").Mean.Should().Be(0.5, "all its predictions tie");
    }

    [Fact]
    public void The_truth_scores_better_than_a_fitted_model_and_that_better_than_nothing()
    {
        var (table, truth) = Simulated(seed: 11, count: 600);
        var result = CrossValidation.Run(table.Patients, [truth, Cox(table), Marginal(table)], s_quick);
        result.BrierDifference("truth", "Cox").Mean.Should().BeLessThan(0);
        result.BrierDifference("Cox", "Kaplan-Meier").Mean.Should().BeLessThan(-0.01);
    }

    [Fact]
    public void A_fold_is_scored_with_weights_of_its_training_rows_over_the_interval_of_all_folds()
    {
        var (table, _) = Simulated(seed: 12, count: 200);
        var result = CrossValidation.Run(table.Patients, [Cox(table)], s_quick with { FirstQuantile = 0, LastQuantile = 0.8, Repeats = 1 });
        var fold = StratifiedFolds.Draw(table.Patients, repeats: 1, seed: 3)[0];
        var (training, test) = (table.Patients.Select(fold.Training), table.Patients.Select(fold.Test));
        var events = table.Patients.Times.ToArray().Where((_, i) => table.Patients.Events[i]).ToArray();
        var end = MathNet.Numerics.Statistics.Statistics.Quantile(events, 0.8);
        double[] grid = [.. Enumerable.Range(0, 20).Select(i => events.Min() + i * (end - events.Min()) / 19)];
        var brier = BrierScore.Curve(test, Cox(table).Predict(fold, grid), grid, training);
        (result.From, result.Until).Should().Be((grid[0], end));
        result.Candidates[0].IntegratedBrier[0].Should().BeApproximately(brier.Integrated, 1e-10);
    }

    [Fact]
    public void Candidates_and_names_that_are_null_are_refused_by_their_place()
    {
        var patients = new SurvivalTimes([.. Enumerable.Range(1, 20).Select(i => (double)i)], [.. Enumerable.Repeat(true, 20)]);
        SurvivalCandidate[] wrong = [null!, new(null!, (_, _) => new double[1, 1]), new("a", null!)];
        foreach (var candidate in wrong)
        {
            FluentActions.Invoking(() => CrossValidation.Run(patients, [candidate])).Should().Throw<ArgumentException>()
                .WithMessage("Candidate 0 is null*");
        }
        FluentActions.Invoking(() => CoxModel.Fit(patients, new double[20, 2], names: ["a", null!])).Should().Throw<ArgumentException>()
            .WithMessage("The name of column 1 is null*");
    }

    [Fact]
    public void The_same_seed_gives_the_same_scores_and_progress_reaches_one()
    {
        var (table, _) = Simulated(seed: 13, count: 150);
        var reports = new List<double>();
        var first = CrossValidation.Run(table.Patients, [Cox(table)], s_quick, new Reports(reports));
        var again = CrossValidation.Run(table.Patients, [Cox(table)], s_quick);
        again.Candidates[0].IntegratedBrier.Should().Equal(first.Candidates[0].IntegratedBrier);
        again.Candidates[0].Concordance.Should().Equal(first.Candidates[0].Concordance);
        reports.Should().HaveCount(10).And.BeInAscendingOrder();
        reports[^1].Should().Be(1);
    }

    [Fact]
    public void A_candidate_that_predicts_nothing_or_a_wrong_shape_is_named_fold_by_fold_and_the_others_keep_their_scores()
    {
        var (table, _) = Simulated(seed: 14, count: 100);
        var alone = CrossValidation.Run(table.Patients, [Cox(table)], s_quick).Candidates[0];
        var result = CrossValidation.Run(
            table.Patients, [new("nothing", (_, _) => null!), Cox(table), new("short", (_, _) => new double[1, 1])], s_quick);
        result.Candidates[1].IntegratedBrier.Should().Equal(alone.IntegratedBrier);
        result.Candidates[1].Failures.Should().BeEmpty();
        var folds = alone.IntegratedBrier.Count;
        foreach (var (failed, why) in new[] { (result.Candidates[0], "*Predict gave null*"), (result.Candidates[2], "*[1, 1]*") })
        {
            failed.IntegratedBrier.Should().HaveCount(folds).And.OnlyContain(score => double.IsNaN(score));
            failed.Failures.Should().HaveCount(folds).And.OnlyHaveUniqueItems();
            failed.Failures[^1].ToString().Should().Match($"'{failed.Name}' in fold *{why}");
        }
        result.ToString().Should().Contain("'nothing' in fold 0 of repeat 0: Predict gave null");
    }

    [Fact]
    public void Bad_candidates_options_and_cancellation_stop_it()
    {
        var (table, truth) = Simulated(seed: 14, count: 100);
        var (patients, cox) = (table.Patients, Cox(table));
        FluentActions.Invoking(() => CrossValidation.Run(patients, [])).Should().Throw<ArgumentException>().WithMessage("*0 candidates*");
        FluentActions.Invoking(() => CrossValidation.Run(patients, [cox, cox]))
            .Should().Throw<ArgumentException>().WithMessage("*different names*");
        FluentActions.Invoking(() => CrossValidation.Run(patients, [truth], new() { GridPoints = 1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => CrossValidation.Run(patients, [truth], new() { FirstQuantile = -0.1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => CrossValidation.Run(patients, [truth], new() { LastQuantile = 0.1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => CrossValidation.Run(patients, [cox]).IntegratedBrier("other"))
            .Should().Throw<ArgumentException>().WithMessage("*'other'*Cox*");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        FluentActions.Invoking(() => CrossValidation.Run(patients, [cox], cancellationToken: cancelled.Token))
            .Should().Throw<OperationCanceledException>();
    }

    private static SurvivalCandidate Cox(Table table) => new("Cox", (fold, times) =>
        CoxModel.Fit(table.Patients.Select(fold.Training), table.Rows(fold.Training)).Survival(table.Rows(fold.Test), times));

    private static SurvivalCandidate Marginal(Table table) => new("Kaplan-Meier", (fold, times) =>
    {
        var curve = KaplanMeier.Fit(table.Patients.Select(fold.Training)).Curve;
        return Predictions(fold.Test.Count, times, (_, time) => curve.At(time));
    });

    private static (Table Table, SurvivalCandidate Truth) Simulated(int seed, int count)
    {
        var random = new Random(seed);
        var covariates = Enumerable.Range(0, count).Select(_ => 2 * random.NextDouble() - 1).ToArray();
        var distributions = covariates.Select(x => new WeibullDistribution(Math.Exp(1.2 * x), 1.5)).ToArray();
        var table = Table.Of(covariates.Select((x, i) =>
        {
            var (failure, censoring) = (distributions[i].Quantile(random.NextDouble()) + 1e-9, 4 * random.NextDouble() + 1e-9);
            return new[] { Math.Min(failure, censoring), failure <= censoring ? 1 : 0, x };
        }));
        return (table, new(
            "truth", (fold, times) => Predictions(fold.Test.Count, times, (row, time) => distributions[fold.Test[row]].Survival(time))));
    }

    private static double[,] Predictions(int rows, IReadOnlyList<double> times, Func<int, double, double> survival)
    {
        var predictions = new double[rows, times.Count];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < times.Count; column++)
                predictions[row, column] = survival(row, times[column]);
        return predictions;
    }

    private sealed class Reports(List<double> values) : IProgress<double>
    {
        public void Report(double value) => values.Add(value);
    }
}
