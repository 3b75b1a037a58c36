namespace VaeToolkit.Survival.Tests.Regression;

public class StratifiedCoxTests
{
    [Theory] // Strata are compared by nothing, so what their covariates are apart is no matter.
    [InlineData(20)]
    [InlineData(1e7)]
    public void Covariates_that_are_far_apart_in_different_strata_say_the_same(double apart)
    {
        var random = new Random(5);
        var table = Table.Of(Enumerable.Range(0, 120).Select(_ =>
        {
            var x = random.NextDouble();
            return new[] { -Math.Log(1 - random.NextDouble()) * Math.Exp(-x), random.NextDouble() < 0.8 ? 1 : 0, x };
        }));
        int[] strata = [.. Enumerable.Range(0, 120).Select(i => i % 2)];
        var (covariates, rounding) = ((double[,])table.Covariates.Clone(), 1e-14 * apart);
        for (var i = 1; i < 120; i += 2)
            covariates[i, 0] += apart;
        var near = CoxModel.Fit(table.Patients, table.Covariates, strata: strata);
        var far = CoxModel.Fit(table.Patients, covariates, strata: strata);
        far.Coefficients[0].Should().BeApproximately(near.Coefficients[0], 1e-9 + rounding);
        far.StandardErrors[0].Should().BeApproximately(near.StandardErrors[0], 1e-9 + rounding);
        far.LogLikelihood.Should().BeApproximately(near.LogLikelihood, 1e-8 + rounding);
        near.Survival(new double[,] { { 0.5 } }, [0.3], 1)[0, 0].Should().BeInRange(0.4, 0.9);
        far.Survival(new double[,] { { apart + 0.5 } }, [0.3], 1)[0, 0]
            .Should().BeApproximately(near.Survival(new double[,] { { 0.5 } }, [0.3], 1)[0, 0], 1e-8 + rounding);
        far.SurvivalCurves(new double[,] { { 0.5 } })[0].At(0.3)
            .Should().BeApproximately(near.SurvivalCurves(new double[,] { { 0.5 } })[0].At(0.3), 1e-8 + rounding);
        // Of the means of all: e^{(x - mean)b} times the baseline is a patient's hazard, where there is a number for it.
        if (apart < 100)
            (Math.Exp(far.LinearPredictors(new double[,] { { 0.5 } })[0]) * far.BaselineHazard().At(0.3))
                .Should().BeApproximately(-Math.Log(near.Survival(new double[,] { { 0.5 } }, [0.3])[0, 0]), 1e-9);
    }

    [Fact]
    public void A_ridge_penalty_is_of_the_whole_columns_deviation_in_strata_too()
    {
        var (patients, age) = (Larynx.Table.Patients, Larynx.Table.Column(3));
        int[] strata = [.. age.Select(years => years < 65 ? 0 : 1)];
        var model = CoxModel.Fit(patients, Larynx.Table.Covariates, new() { Ridge = 5 }, strata: strata);
        var deviation = MathNet.Numerics.Statistics.Statistics.PopulationStandardDeviation(age);
        model.MartingaleResiduals().Zip(age).Sum(pair => pair.First * pair.Second)
            .Should().BeApproximately(5 * model.Coefficients[3] * deviation * deviation, 1e-5);
    }
}
