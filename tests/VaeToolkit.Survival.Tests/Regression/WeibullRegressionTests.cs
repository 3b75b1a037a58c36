using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Survival.Tests.Regression;

public class WeibullRegressionTests
{
    [RealDataFact("tabular/lung.csv")]
    public void Lung_has_the_maximum_that_R_finds()
    {
        var model = WeibullRegression.Fit(Table.Read("lung").Patients);
        model.Shape.Should().BeApproximately(1.316840, 5e-7);
        model.AtMeans.Scale.Should().BeApproximately(417.758665, 5e-7);
        model.LogLikelihood.Should().BeApproximately(-1153.851188, 5e-7);
    }

    [RealDataFact("tabular/veteran.csv")]
    public void Veteran_has_the_maximum_that_R_finds()
    {
        var model = WeibullRegression.Fit(Table.Read("veteran").Patients);
        model.Shape.Should().BeApproximately(0.852085, 5e-7);
        model.AtMeans.Scale.Should().BeApproximately(120.680389, 5e-7);
        model.LogLikelihood.Should().BeApproximately(-748.091214, 5e-7);
    }

    [Fact]
    public void With_a_known_shape_the_scale_has_a_closed_form()
    {
        var patients = Larynx.Table.Patients;
        foreach (var shape in new[] { 0.5, 1, 2.5 })
        {
            var model = WeibullRegression.Fit(patients, options: new() { Shape = shape });
            var expected = Math.Pow(patients.Times.ToArray().Sum(time => Math.Pow(time, shape)) / patients.EventCount, 1 / shape);
            model.AtMeans.Scale.Should().BeApproximately(expected, 1e-10);
            model.StandardErrors.Should().ContainSingle().Which
                .Should().BeApproximately(1 / (shape * Math.Sqrt(patients.EventCount)), 1e-9);
        }
        var exponential = WeibullRegression.Fit(patients, options: new() { Shape = 1 });
        exponential.Intercept.Should().BeApproximately(Math.Log(patients.Times.ToArray().Sum() / patients.EventCount), 1e-12);
    }

    [Fact]
    public void Two_exponential_groups_have_their_own_rates_and_the_closed_standard_error()
    {
        var (patients, stage) = (Larynx.Table.Patients, Larynx.Table.Column(2));
        var model = WeibullRegression.Fit(patients, Column(stage), new() { Shape = 1 }, ["late"]);
        double LogRate(double group)
        {
            var rows = Enumerable.Range(0, patients.Count).Where(row => stage[row] == group).ToArray();
            return Math.Log(patients.Select(rows).Times.ToArray().Sum() / patients.Select(rows).EventCount);
        }
        var events = Enumerable.Range(0, patients.Count).Count(row => stage[row] == 1 && patients.Events[row]);
        model.Intercept.Should().BeApproximately(LogRate(0), 1e-9);
        model.Coefficients[0].Should().BeApproximately(LogRate(1) - LogRate(0), 1e-9);
        model.StandardErrors[1].Should().BeApproximately(Math.Sqrt(1.0 / events + 1.0 / (patients.EventCount - events)), 1e-9);
        model.Names.Should().Equal("late");
    }

    [Fact]
    public void With_covariates_the_gradient_vanishes_and_the_covariance_inverts_the_second_differences()
    {
        var model = WeibullRegression.Fit(Larynx.Table.Patients, Larynx.Table.Covariates);
        double[] at = [model.Intercept, .. model.Coefficients, Math.Log(model.Shape)];
        LogLikelihood(at).Should().BeApproximately(model.LogLikelihood, 1e-10);
        double[] steps = [1e-3, 1e-3, 1e-3, 1e-3, 1e-5, 1e-3];
        var information = Matrix<double>.Build.Dense(6, 6,
            (i, j) => -(Moved(i, 1, j, 1) - Moved(i, 1, j, -1) - Moved(i, -1, j, 1) + Moved(i, -1, j, -1)) / (4 * steps[i] * steps[j]));
        for (var i = 0; i < 6; i++)
        {
            ((Moved(i, 1, i, 0) - Moved(i, -1, i, 0)) / (2 * steps[i])).Should().BeApproximately(0, 1e-3 * Math.Sqrt(information[i, i]));
            model.StandardErrors[i].Should().BeApproximately(Math.Sqrt(information.Inverse()[i, i]), 1e-3 * model.StandardErrors[i]);
        }

        double Moved(int i, int up, int j, int upToo)
        {
            var other = (double[])at.Clone();
            other[i] += up * steps[i];
            other[j] += upToo * steps[j];
            return LogLikelihood(other);
        }
    }

    [Fact]
    public void Predictions_are_the_distributions_of_the_covariates()
    {
        var model = WeibullRegression.Fit(Larynx.Table.Patients, Larynx.Table.Covariates);
        var logScale = model.Intercept + Enumerable.Range(0, 4).Sum(j => model.Coefficients[j] * Larynx.Table.Covariates[60, j]);
        var distribution = model.Distributions(Larynx.Table.Covariates)[60];
        Math.Log(distribution.Scale).Should().BeApproximately(logScale, 1e-12);
        distribution.Shape.Should().Be(model.Shape);
        model.Survival(Larynx.Table.Covariates, [0, 2])[60, 1].Should().Be(distribution.Survival(2));
        FluentActions.Invoking(() => model.Distributions(new double[1, 2]))
            .Should().Throw<ArgumentException>().WithMessage("*2 columns*with 4*");
    }

    [Fact]
    public void Units_of_time_move_the_intercept_only()
    {
        var patients = Larynx.Table.Patients;
        var days = new SurvivalTimes([.. patients.Times.ToArray().Select(time => time * 365.25)], patients.Events.ToArray());
        var (model, inDays) = (WeibullRegression.Fit(patients, Larynx.Table.Covariates),
            WeibullRegression.Fit(days, Larynx.Table.Covariates));
        inDays.Shape.Should().BeApproximately(model.Shape, 1e-9);
        (inDays.Intercept - model.Intercept).Should().BeApproximately(Math.Log(365.25), 1e-8);
        (inDays.LogLikelihood - model.LogLikelihood).Should().BeApproximately(-patients.EventCount * Math.Log(365.25), 1e-8);
    }

    [Theory] // ln T = x + ε/k. What times scatter by, and how far they are from zero, is no matter of the estimate.
    [InlineData(30, null)]
    [InlineData(20_000, null)]
    [InlineData(200, 200.0)]
    public void Times_that_a_covariate_all_but_determines_are_fitted(double shape, double? known)
    {
        var table = Determined.Times(500, shape);
        var model = WeibullRegression.Fit(table.Patients, table.Covariates, new() { Shape = known });
        model.Shape.Should().BeApproximately(shape, 0.2 * shape);
        model.Coefficients[0].Should().BeApproximately(1, 0.3 / shape);
        var (sum, weighted) = (0.0, 0.0);
        for (var i = 0; i < table.Patients.Count; i++)
        {
            var residual = (table.Patients.Events[i] ? 1 : 0) - Math.Exp(model.Shape
                * (Math.Log(table.Patients.Times[i]) - model.Intercept - model.Coefficients[0] * table.Covariates[i, 0]));
            (sum, weighted) = (sum + residual, weighted + residual * table.Covariates[i, 0]);
        }
        // The scores of b₀ and b, of 400 events; exponents of size 10⁵ lose five digits.
        sum.Should().BeApproximately(0, 1e-4);
        weighted.Should().BeApproximately(0, 1e-4);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        FluentActions.Invoking(() => WeibullRegression.Fit(new([1, 2], [false, false])))
            .Should().Throw<ArgumentException>().WithMessage("There is no event*");
        FluentActions.Invoking(() => WeibullRegression.Fit(new([1, 2], [true, true]), options: new() { Shape = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => WeibullRegression.Fit(new([1, 2], [true, true]), new double[,] { { 1 }, { 1 } }))
            .Should().Throw<ArgumentException>().WithMessage("*constant*");
        FluentActions.Invoking(() => WeibullRegression.Fit(new([3, 3, 3], [true, true, true])))
            .Should().Throw<MonotoneLikelihoodException>().WithMessage("*'shape'*");
        var noEvents = Table.Of(Enumerable.Range(1, 30).Select(i => new double[] { i, i % 2, i % 2 }));
        FluentActions.Invoking(() => WeibullRegression.Fit(noEvents.Patients, noEvents.Covariates, names: ["only events"]))
            .Should().Throw<MonotoneLikelihoodException>().WithMessage("*'only events'*");
    }

    private static double LogLikelihood(double[] parameters)
    {
        var (patients, sum) = (Larynx.Table.Patients, 0.0);
        for (var i = 0; i < patients.Count; i++)
        {
            var logScale = parameters[0] + Enumerable.Range(0, 4).Sum(j => parameters[1 + j] * Larynx.Table.Covariates[i, j]);
            var distribution = new WeibullDistribution(Math.Exp(logScale), Math.Exp(parameters[5]));
            sum += patients.Events[i] ? distribution.LogDensity(patients.Times[i]) : distribution.LogSurvival(patients.Times[i]);
        }
        return sum;
    }

    private static double[,] Column(double[] values)
    {
        var column = new double[values.Length, 1];
        for (var i = 0; i < values.Length; i++)
            column[i, 0] = values[i];
        return column;
    }
}
