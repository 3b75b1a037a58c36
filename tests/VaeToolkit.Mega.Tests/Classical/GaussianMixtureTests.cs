using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Classical;

public sealed class GaussianMixtureTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [RealDataFact("tabular")]
    public void Iris_has_the_likelihood_and_criteria_of_mclust()
    {
        var iris = Tables.Read("iris");
        Check(Fit(iris, 1, _ => 0), -379.914630, 787.829260, 829.978154);
        Check(Fit(iris, 2, label => Math.Min(label, 1)), -214.354704, 486.709409, 574.017832);
        Check(Fit(iris, 3, label => label), -180.185477, 448.370954, 580.838907);

        void Check(GaussianMixture model, double logLikelihood, double aic, double bic)
        {
            var rows = iris.ToTensor();
            model.LogLikelihood(rows).Should().BeApproximately(logLikelihood, 5e-7);
            model.Aic(rows).Should().BeApproximately(aic, 1e-6);
            model.Bic(rows).Should().BeApproximately(bic, 1e-6);
        }
    }

    [RealDataFact("tabular")]
    public void After_an_m_step_the_gap_is_that_of_the_divisor_whatever_k()
    {
        var iris = Tables.Rows("iris");
        var moments = DataMoments.Of(iris);
        foreach (var k in new[] { 1, 2, 3, 5, 8 })
        {
            var labels = Enumerable.Range(0, 150).Select(i => i % k).ToArray();
            var model = GaussianMixture.Fit(
                iris, k, new() { StartLabels = labels, Regularisation = 0, Em = new() { MaxIterations = 3 } }).Model;
            var gap = MomentGaps.Between(moments, model);
            gap.FirstOrder.Should().BeLessThan(1e-10);
            gap.SecondOrder.Should().BeApproximately(moments.Estimate(SecondMomentDivisor.Slide).Covariance.FrobeniusNorm() / 150, 1e-10);
            gap.SecondOrder.Should().BeApproximately(0.0282399, 5e-8);
        }
    }

    [Theory]
    [InlineData(CovarianceForm.Full, 2 + 6 + 9)]
    [InlineData(CovarianceForm.Tied, 2 + 6 + 3)]
    [InlineData(CovarianceForm.Diagonal, 2 + 6 + 6)]
    [InlineData(CovarianceForm.Spherical, 2 + 6 + 3)]
    public void Every_form_never_lowers_its_likelihood_and_finds_three_groups(CovarianceForm form, int parameters)
    {
        using var seed = SeedScope.Begin(4);
        var centres = torch.tensor(new double[,] { { 0, 0 }, { 8, 0 }, { 0, 8 } });
        var rows = torch.cat([.. Enumerable.Range(0, 3).Select(k => torch.randn([60L, 2L], dtype: torch.float64) + centres[k])]);
        var fit = GaussianMixture.Fit(rows, 3, new() { Form = form, Regularisation = 0 });
        fit.Converged.Should().BeTrue();
        fit.LogLikelihoods.Zip(fit.LogLikelihoods.Skip(1))
            .Should().OnlyContain(pair => pair.Second >= pair.First - 1e-10 * Math.Abs(pair.First));
        fit.Model.ParameterCount.Should().Be(parameters);
        fit.Model.Weights.Should().OnlyContain(weight => Math.Abs(weight - 1 / 3.0) < 0.02);
        fit.Model.DegenerateComponents(180).Should().BeEmpty();
        fit.Model.Responsibilities(rows).sum(dim: 1).Values().Should().OnlyContain(sum => Math.Abs(sum - 1) < 1e-12);
    }

    [Fact]
    public void Moments_of_a_million_draws_are_the_exact_ones()
    {
        var model = new GaussianMixture(
            [0.3, 0.7],
            Matrix<double>.Build.DenseOfArray(new double[,] { { 0, 1 }, { 3, -1 } }),
            [Matrix<double>.Build.DenseOfArray(new[,] { { 1, 0.4 }, { 0.4, 0.5 } }),
                Matrix<double>.Build.DenseOfArray(new[,] { { 0.6, -0.2 }, { -0.2, 2.0 } })]);
        using var seed = SeedScope.Begin(8);
        var draws = model.Sample(1_000_000);
        var (mean, _) = model.ExactMoments;
        var raw = model.ExactMoments.Raw();
        for (var i = 0; i < 2; i++)
        {
            Check(draws.select(1, i), mean[i]);
            for (var j = 0; j <= i; j++)
                Check(draws.select(1, i) * draws.select(1, j), raw[i, j]);
        }

        static void Check(torch.Tensor values, double expected)
        {
            var average = values.mean().ToDouble();
            var error = Math.Sqrt((values - average).square().mean().ToDouble() / 1e6);
            average.Should().BeApproximately(expected, 4 * error);
        }
    }

    [Fact]
    public void Collapsing_components_are_reported_and_bad_parameters_refused()
    {
        var rows = torch.tensor(new double[,] { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 1, 1 }, { 9, 9 }, { 9, 9 } });
        FluentActions.Invoking(() => GaussianMixture.Fit(rows, 2, new() { Regularisation = 0, StartLabels = [0, 0, 0, 0, 1, 1] }))
            .Should().Throw<DegenerateDataException>().WithMessage("*Regularisation*");
        GaussianMixture.Fit(rows, 2, new() { StartLabels = [0, 0, 0, 0, 1, 1] }).Model.DegenerateComponents(6).Should().Equal(1);
        var identity = Matrix<double>.Build.DenseIdentity(2);
        var means = Matrix<double>.Build.Dense(2, 2);
        FluentActions.Invoking(() => new GaussianMixture([-0.1, 1.1], means, [identity, identity]))
            .Should().Throw<ArgumentException>().WithMessage("*weight 0*");
        FluentActions.Invoking(() => new GaussianMixture([0.5, 0.4], means, [identity, identity]))
            .Should().Throw<ArgumentException>().WithMessage("*sum to 0.9*");
        FluentActions.Invoking(() => new GaussianMixture([0.5, 0.5], means, [identity, -identity]))
            .Should().Throw<ArgumentException>().WithMessage("*covariance 1*");
        FluentActions.Invoking(() => GaussianMixture.Fit(rows, 7)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => GaussianMixture.Fit(rows, 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => GaussianMixture.Fit(rows, 2, new() { Form = (CovarianceForm)7 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("Form must be one of *7*");
        FluentActions.Invoking(() => GaussianMixture.Fit(rows.narrow(0, 0, 1), 1))
            .Should().Throw<ArgumentException>().WithMessage("*shape [1, 2]*");
        FluentActions.Invoking(() => GaussianMixture.Fit(rows / 0, 1)).Should().Throw<ArgumentException>().WithMessage("*row 0*");
        FluentActions.Invoking(() => GaussianMixture.Fit(torch.ones([5L, 2L]), 1))
            .Should().Throw<DegenerateDataException>("all rows are the same");
        FluentActions.Invoking(() => GaussianMixture.Fit(rows, 2, new() { StartLabels = [0, 0, 0, 0, 1, 2] }))
            .Should().Throw<ArgumentException>().WithMessage("*StartLabels[5] is 2*");
    }

    [RealDataFact("tabular")]
    public void Digits_with_constant_pixels_need_a_regularised_covariance()
    {
        var digits = Tables.Rows("digits");
        FluentActions.Invoking(() => GaussianMixture.Fit(digits, 1, new() { Regularisation = 0 }))
            .Should().Throw<DegenerateDataException>().WithMessage("*Regularisation*");
        double.IsFinite(GaussianMixture.Fit(digits, 1).LogLikelihoods[^1]).Should().BeTrue();
    }

    private static GaussianMixture Fit(TabularFile table, int components, Func<int, int> start)
        => GaussianMixture.Fit(
            table.ToTensor(), components,
            new() { Regularisation = 0, StartLabels = [.. table.Labels!.Select(start)], Em = new() { Tolerance = 1e-14 } }).Model;
}
