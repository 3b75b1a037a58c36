namespace VaeToolkit.Survival.Tests.Regression;

/// <summary>Predictors of whose exponentials, or of their squares, there are no numbers.</summary>
public class CoxExtremesTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(3.0)]
    public void Covariates_that_order_the_events_are_reported_whatever_their_tails(double sigma)
    {
        var table = Table.Of(Normal(200).Select(q => sigma == 0 ? q : Math.Exp(sigma * q)).Select(x => new[]
        {
            sigma == 0 ? Math.Exp(-x) : 1 / x, 1, x,
        }));
        FluentActions.Invoking(() => CoxModel.Fit(table.Patients, table.Covariates)).Should().Throw<MonotoneLikelihoodException>();
        CoxModel.Fit(table.Patients, table.Covariates, new() { Ridge = 0.1 }).Coefficients[0].Should().BePositive();
    }

    [Fact]
    public void A_patient_far_from_all_others_who_dies_first_changes_nothing()
    {
        // His share of the likelihood is 1 for all coefficients about the others' estimate.
        double[][] rows = [.. Rows(300, shape: 1)];
        var (others, all) = (Table.Of(rows), Table.Of([.. rows, [rows.Min(row => row[0]) / 2, 1, -1000]]));
        var (without, with) = (CoxModel.Fit(others.Patients, others.Covariates), CoxModel.Fit(all.Patients, all.Covariates));
        with.Coefficients[0].Should().BeApproximately(without.Coefficients[0], 1e-6);
        with.StandardErrors[0].Should().BeApproximately(without.StandardErrors[0], 1e-6);
    }

    [Theory]
    [InlineData(60, 0)]
    [InlineData(120, 0)]
    [InlineData(150, 0)]
    [InlineData(60, 8)]
    [InlineData(100, 8)]
    public void The_score_is_zero_where_the_covariate_all_but_orders_the_events(double shape, double far)
    {
        var rows = Rows(500, shape);
        var table = Table.Of(far == 0 ? rows : [.. rows, [Math.Exp(far), 1, far]]);
        var model = CoxModel.Fit(table.Patients, table.Covariates);
        model.Coefficients[0].Should().BeInRange(-1.3 * shape, -0.8 * shape);
        Determined.Score(table, model.Coefficients[0]).Should().BeApproximately(0, 1e-6);
    }

    // ln T = x + ε/k, e^ε exponential: proportional hazards with the coefficient −k.
    private static IEnumerable<double[]> Rows(int count, double shape)
    {
        var random = new Random(7);
        foreach (var x in Normal(count))
        {
            var error = Math.Log(-Math.Log(random.NextDouble()));
            yield return [Math.Exp(x + error / shape), random.Next(5) == 0 ? 0 : 1, x];
        }
    }

    private static IEnumerable<double> Normal(int count)
        => Enumerable.Range(0, count).Select(i => MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, (i + 0.5) / count));
}
