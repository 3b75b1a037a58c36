namespace VaeToolkit.Survival.Tests.Regression;

public class CoxModelTests
{
    // The set of R's help page of coxph: seven rows of time, event, x.
    private static readonly Table s_seven = Table.Of([[4, 1, 0], [3, 1, 2], [1, 1, 1], [1, 0, 1], [2, 1, 1], [2, 1, 0], [3, 0, 0]]);
    private static readonly int[] s_sevenStrata = [0, 0, 0, 0, 1, 1, 1];
    private static readonly CoxOptions s_breslow = new() { Ties = CoxTies.Breslow };

    [RealDataFact("tabular/lung.csv")]
    public void Lung_has_the_coefficients_and_tests_that_R_prints()
    {
        var lung = Table.Read("lung", "age", "sex", "ph_ecog");
        var model = CoxModel.Fit(lung.Patients, lung.Covariates);
        Near(model.Coefficients, 5e-8, 0.0110668, -0.5526124, 0.4637285);
        Near(model.StandardErrors, 5e-7, 0.009267, 0.167739, 0.113577);
        model.NullLogLikelihood.Should().BeApproximately(-744.480456, 5e-7);
        model.LogLikelihood.Should().BeApproximately(-729.230121, 5e-7);
        model.LikelihoodRatioTest().Statistic.Should().BeApproximately(30.50067, 1e-5);
        model.LikelihoodRatioTest().PValue.Should().BeApproximately(1.083e-6, 1e-9);
        model.WaldTest().Statistic.Should().BeApproximately(29.93, 0.005);
        model.ScoreTest().Statistic.Should().BeApproximately(30.5, 0.05);
        Near(CoxModel.Fit(lung.Patients, lung.Covariates, s_breslow).Coefficients, 5e-8, 0.0110411, -0.5518896, 0.4629470);
    }

    [RealDataFact("tabular/veteran.csv")]
    public void Veteran_has_the_coefficients_that_R_prints_and_the_concordance_of_scikit_survival()
    {
        var veteran = Table.Read("veteran", "trt", "smallcell", "adeno", "large", "karno", "diagtime", "age", "prior");
        Near(CoxModel.Fit(veteran.Patients, veteran.Covariates).Coefficients, 5e-7,
            0.294603, 0.861560, 1.196066, 0.401292, -0.0328153, 0.0000813, -0.0087065, 0.0071594);
        // scikit-survival's introduction prints this index for Breslow's rule, to which it defaults.
        var risks = CoxModel.Fit(veteran.Patients, veteran.Covariates, s_breslow).LinearPredictors(veteran.Covariates);
        Concordance.Harrell(veteran.Patients, risks).Value.Should().BeApproximately(0.7362562471603816, 1e-15);
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1e200)]
    public void Standard_errors_have_the_unit_of_the_column_however_small_or_large(double unit)
    {
        var (cox, weibull) = (Fit(1), Weibull(1));
        var (inUnits, weibullInUnits) = (Fit(unit), Weibull(unit));
        (inUnits.StandardErrors[0] * unit / cox.StandardErrors[0]).Should().BeApproximately(1, 1e-12);
        inUnits.Summary()[0].Z.Should().BeApproximately(cox.Summary()[0].Z, 1e-9);
        inUnits.Summary()[0].PValue.Should().BeApproximately(cox.Summary()[0].PValue, 1e-9);
        (weibullInUnits.StandardErrors[1] * unit / weibull.StandardErrors[1]).Should().BeApproximately(1, 1e-7);
        weibullInUnits.StandardErrors[2].Should().BeApproximately(weibull.StandardErrors[2], 1e-7);
        weibullInUnits.Summary()[1].Z.Should().BeApproximately(weibull.Summary()[1].Z, 1e-6);
        weibull.StandardErrors.Select((error, i) => error / Math.Sqrt(weibull.Covariance[i, i]) - 1).Should()
            .OnlyContain(difference => Math.Abs(difference) < 1e-12);

        CoxModel Fit(double factor) => CoxModel.Fit(s_seven.Patients, In(factor));
        WeibullRegression Weibull(double factor) => WeibullRegression.Fit(s_seven.Patients, In(factor));
        static double[,] In(double factor)
        {
            var column = (double[,])s_seven.Covariates.Clone();
            for (var row = 0; row < column.GetLength(0); row++)
                column[row, 0] *= factor;
            return column;
        }
    }

    [Fact]
    public void Larynx_has_the_coefficients_of_klein_and_moeschberger()
    {
        Near(CoxModel.Fit(Larynx.Table.Patients, Larynx.Table.Covariates, s_breslow).Coefficients, 5e-5, 0.1386, 0.6383, 1.6931, 0.0189);
    }

    [Fact]
    public void Seven_rows_with_ties_in_two_strata_have_the_published_coefficient()
    {
        var stratified = CoxModel.Fit(s_seven.Patients, s_seven.Covariates, strata: s_sevenStrata);
        stratified.Coefficients[0].Should().BeApproximately(0.8023, 5e-5);
        stratified.StandardErrors[0].Should().BeApproximately(0.8224, 5e-5);
        stratified.LikelihoodRatioTest().Statistic.Should().BeApproximately(1.09, 5e-3);
    }

    [Fact]
    public void Six_rows_have_the_closed_forms_of_therneau_and_grambsch()
    {
        var six = Table.Of([[9, 1, 0], [1, 1, 1], [1, 0, 1], [6, 1, 1], [6, 1, 0], [8, 0, 0]]);
        CoxModel.Fit(six.Patients, six.Covariates, s_breslow).Coefficients[0]
            .Should().BeApproximately(Math.Log((3 + Math.Sqrt(33)) / 2), 1e-9);
        var efron = Math.Log(2 * Math.Sqrt(23 / 3.0) * Math.Cos(Math.Acos(45 / 23.0 * Math.Sqrt(3 / 23.0)) / 3));
        CoxModel.Fit(six.Patients, six.Covariates).Coefficients[0].Should().BeApproximately(efron, 1e-9);
    }

    [Theory]
    [InlineData(CoxTies.Efron)]
    [InlineData(CoxTies.Breslow)]
    public void Martingale_residuals_add_to_zero_in_every_stratum(CoxTies ties)
    {
        var residuals =
            CoxModel.Fit(s_seven.Patients, s_seven.Covariates, new() { Ties = ties }, strata: s_sevenStrata).MartingaleResiduals();
        residuals[..4].Sum().Should().BeApproximately(0, 1e-12);
        residuals[4..].Sum().Should().BeApproximately(0, 1e-12);
        var larynx = CoxModel.Fit(Larynx.Table.Patients, Larynx.Table.Covariates, new() { Ties = ties }).MartingaleResiduals();
        larynx.Sum().Should().BeApproximately(0, 1e-11);
        for (var column = 0; column < 4; column++)
            larynx.Zip(Larynx.Table.Column(column)).Sum(pair => pair.First * pair.Second)
                .Should().BeApproximately(0, 1e-4, "that is the gradient");
    }

    [Fact]
    public void Adding_a_constant_to_a_covariate_changes_nothing_and_its_unit_only_the_coefficient()
    {
        var (patients, covariates) = (Larynx.Table.Patients, Larynx.Table.Covariates);
        var model = CoxModel.Fit(patients, covariates);
        var other = (double[,])covariates.Clone();
        for (var row = 0; row < patients.Count; row++)
            other[row, 3] = 1e5 + 1000 * other[row, 3];
        var moved = CoxModel.Fit(patients, other);
        (1000 * moved.Coefficients[3]).Should().BeApproximately(model.Coefficients[3], 1e-9);
        moved.LogLikelihood.Should().BeApproximately(model.LogLikelihood, 1e-9);
        moved.Survival(other, [1, 5])[7, 1].Should().BeApproximately(model.Survival(covariates, [1, 5])[7, 1], 1e-9);
    }

    [Fact]
    public void Doubling_every_row_leaves_breslow_coefficients_and_halves_their_covariance()
    {
        var rows = Enumerable.Range(0, Larynx.Table.Patients.Count).SelectMany(row => new[] { row, row }).ToArray();
        var doubled = new double[rows.Length, 4];
        for (var row = 0; row < rows.Length; row++)
            for (var column = 0; column < 4; column++)
                doubled[row, column] = Larynx.Table.Covariates[rows[row], column];
        var once = CoxModel.Fit(Larynx.Table.Patients, Larynx.Table.Covariates, s_breslow);
        var twice = CoxModel.Fit(Larynx.Table.Patients.Select(rows), doubled, s_breslow);
        Near(twice.Coefficients, 1e-9, [.. once.Coefficients]);
        Near(twice.StandardErrors, 1e-9, [.. once.StandardErrors.Select(error => error / Math.Sqrt(2))]);
    }

    [Fact]
    public void The_baseline_hazard_follows_its_rule_for_ties()
    {
        var model = CoxModel.Fit(s_seven.Patients, s_seven.Covariates);
        var risks = model.LinearPredictors(s_seven.Covariates).Select(Math.Exp).ToArray();
        // At 1 one of all seven; at 2 rows 4 and 5 of the rest.
        var (all, atTwo, tied) = (risks.Sum(), risks.Sum() - risks[2] - risks[3], risks[4] + risks[5]);
        model.BaselineHazard().Times.Should().Equal(1, 2, 3, 4);
        model.BaselineHazard().At(2).Should().BeApproximately(1 / all + 1 / atTwo + 1 / (atTwo - tied / 2), 1e-12);
        var breslow = CoxModel.Fit(s_seven.Patients, s_seven.Covariates, new() { BaselineTies = CoxTies.Breslow });
        breslow.BaselineHazard().At(2).Should().BeApproximately(1 / all + 2 / atTwo, 1e-12);
        breslow.Coefficients.Should().Equal(model.Coefficients);
        model.SurvivalCurves(s_seven.Covariates)[1].At(2.5)
            .Should().BeApproximately(Math.Exp(-risks[1] * model.BaselineHazard().At(2)), 1e-15);
        model.Survival(s_seven.Covariates, [2.5, 9])[1, 0].Should().Be(model.SurvivalCurves(s_seven.Covariates)[1].At(2.5));
        model.Survival(s_seven.Covariates, [2.5, 9])[1, 1].Should().Be(double.NaN, "nobody was followed so long");
    }

    [Fact]
    public void Breslow_residuals_are_those_of_the_baseline_hazard()
    {
        var model = CoxModel.Fit(Larynx.Table.Patients, Larynx.Table.Covariates, s_breslow);
        var (residuals, predictors) = (model.MartingaleResiduals(), model.LinearPredictors(Larynx.Table.Covariates));
        for (var i = 0; i < residuals.Length; i++)
            residuals[i].Should().BeApproximately(
                (Larynx.Table.Patients.Events[i] ? 1 : 0)
                - Math.Exp(predictors[i]) * model.BaselineHazard().At(Larynx.Table.Patients.Times[i]), 1e-12);
    }

    [Theory] // Proportional hazards of ln T = x + ε/k have the coefficient −k.
    [InlineData(30)]
    [InlineData(80)]
    public void A_covariate_that_all_but_orders_the_events_has_an_estimate(double shape)
    {
        var table = Determined.Times(500, shape);
        var model = CoxModel.Fit(table.Patients, table.Covariates);
        model.Coefficients[0].Should().BeInRange(-1.3 * shape, -0.8 * shape);
        Determined.Score(table, model.Coefficients[0]).Should().BeApproximately(0, 1e-6);
    }

    [Fact]
    public void A_separating_covariate_is_reported_by_name_and_a_ridge_penalty_makes_it_finite()
    {
        // Everybody with x = 1 has the event before anybody with x = 0.
        var separated = Table.Of(Enumerable.Range(0, 40).Select(i => new double[] { i + 1, 1, Math.Sin(i), i < 12 ? 1 : 0 }));
        var act = () => CoxModel.Fit(separated.Patients, separated.Covariates, names: ["wave", "early"]);
        act.Should().Throw<MonotoneLikelihoodException>().WithMessage("*'early'*").Which.Column.Should().Be("early");
        var neverEvent = Table.Of(
            Enumerable.Range(0, 200).Select(i => new double[] { i + 1, i % 100 == 50 ? 0 : 1, i % 100 == 50 ? 1 : 0 }));
        FluentActions.Invoking(() => CoxModel.Fit(neverEvent.Patients, neverEvent.Covariates))
            .Should().Throw<MonotoneLikelihoodException>();
        var ridge = CoxModel.Fit(separated.Patients, separated.Covariates, new() { Ridge = 1 });
        ridge.Coefficients[1].Should().BeInRange(0.5, 10);
        ridge.Invoking(model => model.WaldTest()).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void A_ridge_penalty_shrinks_with_its_size_and_its_gradient_balances_the_likelihood()
    {
        var (patients, covariates) = (Larynx.Table.Patients, Larynx.Table.Covariates);
        var model = CoxModel.Fit(patients, covariates, new() { Ridge = 5 });
        var age = Larynx.Table.Column(3);
        var deviation = MathNet.Numerics.Statistics.Statistics.PopulationStandardDeviation(age);
        var gradient = model.MartingaleResiduals().Zip(age).Sum(pair => pair.First * pair.Second);
        gradient.Should().BeApproximately(5 * model.Coefficients[3] * deviation * deviation, 1e-5);
        Math.Abs(CoxModel.Fit(patients, covariates, new() { Ridge = 50 }).Coefficients[2])
            .Should().BeLessThan(Math.Abs(model.Coefficients[2]));
    }

    [Fact]
    public void Bad_input_is_refused_by_row_and_column()
    {
        var (patients, covariates) = (s_seven.Patients, s_seven.Covariates);
        FluentActions.Invoking(() => CoxModel.Fit(new([1, 2], [false, false]), new double[,] { { 1 }, { 2 } }))
            .Should().Throw<ArgumentException>().WithMessage("There is no event*");
        FluentActions.Invoking(() => CoxModel.Fit(new([1, 2], [true, true]), new double[,] { { 1, 3 }, { 2, 3 } }, names: ["a", "b"]))
            .Should().Throw<ArgumentException>().WithMessage("Covariate 'b' is constant*");
        FluentActions.Invoking(
            () => CoxModel.Fit(new([1, 2], [true, true]), new double[,] { { 1, 3 }, { 2, double.NaN } }, names: ["a", "b"]))
            .Should().Throw<ArgumentException>().WithMessage("Covariate 'b' of row 1 is NaN*");
        FluentActions.Invoking(() => CoxModel.Fit(patients, new double[3, 1]))
            .Should().Throw<ArgumentException>().WithMessage("*3 rows*7 patients*");
        FluentActions.Invoking(() => CoxModel.Fit(patients, new double[7, 0]))
            .Should().Throw<ArgumentException>().WithMessage("*no columns*");
        FluentActions.Invoking(() => CoxModel.Fit(patients, covariates, names: []))
            .Should().Throw<ArgumentException>().WithMessage("*0 names for 1*");
        FluentActions.Invoking(() => CoxModel.Fit(patients, covariates, strata: [1]))
            .Should().Throw<ArgumentException>().WithMessage("*1 strata for 7*");
        FluentActions.Invoking(() => CoxModel.Fit(patients, covariates, new() { Ridge = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => CoxModel.Fit(patients, covariates, new() { MaxIterations = 1 }))
            .Should().Throw<InvalidOperationException>();
        var model = CoxModel.Fit(patients, covariates);
        FluentActions.Invoking(() => model.LinearPredictors(new double[2, 3]))
            .Should().Throw<ArgumentException>().WithMessage("*3 columns*with 1*");
        FluentActions.Invoking(() => model.BaselineHazard(4)).Should().Throw<ArgumentException>().WithMessage("*no stratum 4*");
    }

    [Fact]
    public void Columns_that_determine_one_another_are_named()
    {
        var rows = Enumerable.Range(0, 30).Select(i => new[] { 1.0 + i, 1, i % 7, i % 5, i % 7 - 2 * (i % 5), i % 3 });
        var table = Table.Of(rows);
        var act = () => CoxModel.Fit(table.Patients, table.Covariates, names: ["a", "b", "c", "d"]);
        act.Should().Throw<ArgumentException>().WithMessage("*'a', 'b', 'c' determine one another*");
        // A column that varies between the strata only is in no risk set.
        FluentActions.Invoking(
            () => CoxModel.Fit(s_seven.Patients, new double[,] { { 0 }, { 0 }, { 0 }, { 0 }, { 1 }, { 1 }, { 1 } }, strata: s_sevenStrata))
            .Should().Throw<ArgumentException>().WithMessage("*does not vary among the patients at risk*");
    }

    private static void Near(IReadOnlyList<double> actual, double tolerance, params double[] expected)
    {
        actual.Should().HaveCount(expected.Length);
        for (var i = 0; i < expected.Length; i++)
            actual[i].Should().BeApproximately(expected[i], tolerance, "it is number {0}", i);
    }
}
