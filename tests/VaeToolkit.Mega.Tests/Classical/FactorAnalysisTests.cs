using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Classical;

public sealed class FactorAnalysisTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [RealDataFact("tabular")]
    public void Wine_has_the_published_likelihoods_and_its_variances_are_reproduced()
    {
        var wine = Tables.Standardised("wine");
        double[] published = [-16.259945, -15.433658, -15.080250];
        for (var q = 1; q <= 3; q++)
        {
            var fit = FactorAnalysis.Fit(wine, q);
            fit.Converged.Should().BeTrue();
            fit.LogLikelihoods[^1].Should().BeApproximately(published[q - 1], 1e-6);
            fit.LogLikelihoods.Zip(fit.LogLikelihoods.Skip(1))
                .Should().OnlyContain(pair => pair.Second >= pair.First - 1e-10 * Math.Abs(pair.First));
            fit.Model.ExactMoments.Covariance.Diagonal().Should().OnlyContain(value => Math.Abs(value - 1) < 1e-4);
            fit.Model.HeywoodCases.Should().BeEmpty();
            fit.Model.ParameterCount.Should().Be(13 * q - q * (q - 1) / 2 + 26);
            MomentGaps.Between(DataMoments.Of(wine), fit.Model, new() { Divisor = SecondMomentDivisor.Unbiased }).DiagonalOnly
                .Should().BeLessThan(1e-3);
        }
    }

    [RealDataFact("tabular")]
    public void Iris_with_one_factor_is_reported_as_a_heywood_case()
        => FactorAnalysis.Fit(Tables.Rows("iris"), 1).Model.HeywoodCases.Should().ContainSingle();

    [Fact]
    public void Too_few_rows_and_values_that_are_not_finite_are_refused()
    {
        var rows = torch.randn([8L, 5L], dtype: torch.float64);
        FluentActions.Invoking(() => FactorAnalysis.Fit(rows.narrow(0, 0, 1), 1))
            .Should().Throw<ArgumentException>().WithMessage("*two rows*");
        FluentActions.Invoking(() => FactorAnalysis.Fit(rows, 0)).Should().Throw<ArgumentOutOfRangeException>();
        rows.select(0, 3).fill_(double.NaN);
        FluentActions.Invoking(() => FactorAnalysis.Fit(rows, 1)).Should().Throw<ArgumentException>().WithMessage("*row 3*");
    }

    [Fact]
    public void Iterations_that_run_out_are_said_so()
    {
        using var seed = SeedScope.Begin(1);
        FactorAnalysis.Fit(torch.randn([50L, 6L], dtype: torch.float64), 2, new() { MaxIterations = 1, Tolerance = 0 }).Converged
            .Should().BeFalse();
    }

    [RealDataFact("tabular")]
    public void Too_many_factors_and_constant_columns_are_refused()
    {
        FluentActions.Invoking(() => FactorAnalysis.Fit(Tables.Rows("iris"), 2))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*degrees of freedom*");
        FluentActions.Invoking(() => FactorAnalysis.Fit(Tables.Rows("digits"), 2))
            .Should().Throw<DegenerateDataException>().WithMessage("*column 0 is constant*");
    }
}
