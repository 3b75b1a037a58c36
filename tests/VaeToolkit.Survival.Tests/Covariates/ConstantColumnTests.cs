namespace VaeToolkit.Survival.Tests.Covariates;

public sealed class ConstantColumnTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(1_000_000)]
    public void Equal_numbers_whose_mean_is_rounded_have_the_scale_one(int rows)
        => Target(CovariateKind.Continuous, Enumerable.Repeat("0.1", rows), "0.2").Should().BeApproximately(0.1, 1e-9);

    [Theory]
    [InlineData(CovariateKind.Continuous, "0.30000000000000004", "0.3", "1.3", 1)]
    [InlineData(CovariateKind.Continuous, "-70000000.00000001", "-70000000", "-69999999", 1)]
    [InlineData(CovariateKind.Positive, "0.1", "0.1", "0.2", 0.6931471805599453)]
    [InlineData(CovariateKind.Positive, "1.0000000000000002", "1", "2", 0.6931471805599453)]
    [InlineData(CovariateKind.Count, "3", "3", "7", 7)]
    public void Numbers_that_differ_by_rounding_only_have_the_scale_one(
        CovariateKind kind, string one, string other, string next, double target)
        => Target(kind, [.. Enumerable.Repeat(one, 7), other, other, other], next).Should().BeApproximately(target, 1e-7);

    [Fact]
    public void The_feature_of_a_constant_count_is_its_logarithms_distance()
    {
        var schema = CovariateSchema.Fit(Table(Enumerable.Repeat("6", 10)), [new("x", CovariateKind.Count)]);
        schema.Encode(Table(["13"])).Feature(0, 0).Should().BeApproximately(Math.Log(2), 1e-12);
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1e-9)]
    [InlineData(1e200)]
    [InlineData(1e307)]
    public void Numbers_of_any_size_that_do_differ_are_scaled_by_their_deviation(double unit)
    {
        string[] cells = [.. new[] { 1, 2, 3.0, 6 }.Select(value => (value * unit).ToString("R", null))];
        Target(CovariateKind.Continuous, cells, cells[3]).Should().BeApproximately(3 / Math.Sqrt(3.5), 1e-12);
        var model = WeibullRegression.Fit(
            new([4, 3, 5, 1], [true, true, true, true]), new[,] { { unit }, { 2 * unit }, { 3 * unit }, { 6 * unit } });
        (model.Coefficients[0] * unit).Should().BeApproximately(
            WeibullRegression.Fit(
                new([4, 3, 5, 1], [true, true, true, true]), new double[,] { { 1 }, { 2 }, { 3 }, { 6 } }).Coefficients[0], 1e-9);
    }

    [Fact]
    public void A_regression_refuses_a_column_that_is_constant_up_to_rounding()
    {
        var covariates = new double[10, 1];
        for (var row = 0; row < 10; row++)
            covariates[row, 0] = row % 2 == 0 ? 0.3 : 0.1 + 0.2;
        var patients = new SurvivalTimes([.. Enumerable.Range(1, 10).Select(i => (double)i)], new bool[10].Select(_ => true).ToArray());
        FluentActions.Invoking(() => CoxModel.Fit(patients, covariates, names: ["x"]))
            .Should().Throw<ArgumentException>().WithMessage("Covariate 'x' is constant*");
        FluentActions.Invoking(() => WeibullRegression.Fit(patients, covariates, names: ["x"]))
            .Should().Throw<ArgumentException>().WithMessage("Covariate 'x' is constant*");
    }

    [Fact]
    public void A_covariate_that_varies_between_strata_only_is_refused_whatever_its_values_are_rounded_to()
    {
        var covariates = new double[60, 1];
        for (var row = 0; row < 60; row++)
            covariates[row, 0] = row % 3 == 0 ? 0.1 : row % 3 == 1 ? 0.7 : 12.3;
        var patients = new SurvivalTimes([.. Enumerable.Range(1, 60).Select(i => i * 0.37)], new bool[60].Select(_ => true).ToArray());
        FluentActions.Invoking(() => CoxModel.Fit(patients, covariates, strata: [.. Enumerable.Range(0, 60).Select(row => row % 3)]))
            .Should().Throw<ArgumentException>().WithMessage("*does not vary among the patients at risk*");
    }

    private static double Target(CovariateKind kind, IEnumerable<string> training, string next)
        => CovariateSchema.Fit(Table(training), [new("x", kind)]).Encode(Table([next])).Target(0, 0);

    private static PatientTable Table(IEnumerable<string> cells) => new(["x"], [.. cells.Select(cell => new[] { cell })]);
}
