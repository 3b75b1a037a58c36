using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Classical;

public sealed class ProbabilisticPcaTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [RealDataFact("tabular")]
    public void Closed_form_has_the_published_noise_and_likelihood()
    {
        var iris = Tables.Rows("iris");
        var model = ProbabilisticPca.Fit(iris, 2);
        model.NoiseVariance.Should().BeApproximately(0.05068214786, 5e-11, "the published .0506822 is .05068215 rounded once more");
        (model.LogLikelihood(iris) / 150).Should().BeApproximately(-2.699752, 5e-7);
        var digits = Tables.Rows("digits");
        (ProbabilisticPca.Fit(digits, 10).LogLikelihood(digits) / 1797).Should().BeApproximately(-159.993731, 5e-7);
        (ProbabilisticPca.Fit(digits, 30).LogLikelihood(digits) / 1797).Should().BeApproximately(-143.253317, 5e-7);
    }

    [RealDataFact("tabular")]
    public void Columns_point_to_their_largest_entry_and_the_likelihood_from_moments_is_that_of_the_rows()
    {
        var iris = Tables.Rows("iris");
        var model = ProbabilisticPca.Fit(iris, 3);
        model.Weights.EnumerateColumns().Should().OnlyContain(column => column[column.AbsoluteMaximumIndex()] > 0);
        model.MeanLogLikelihood(DataMoments.Of(iris).Maximum).Should().BeApproximately(model.LogLikelihood(iris) / 150, 1e-10);
        model.ParameterCount.Should().Be(4 * 3 - 3 + 1 + 4);
        model.Aic(iris).Should().Be(2 * 14 - 2 * model.LogLikelihood(iris));
        model.Bic(iris).Should().Be(14 * Math.Log(150) - 2 * model.LogLikelihood(iris));
    }

    [Fact]
    public void Density_posterior_and_conditional_are_those_of_the_dense_normal_distribution()
    {
        var (model, x) = Example();
        var (mean, covariance) = model.ExactMoments;
        var factor = covariance.Cholesky();
        var centred = Rows.Vector(x[0]) - mean;
        var dense = -0.5 * (centred * factor.Solve(centred) + factor.DeterminantLn + 5 * Math.Log(2 * Math.PI));
        model.LogProb(x).Values()[0].Should().BeApproximately(dense, 1e-10);
        var posterior = model.Weights.Transpose() * factor.Solve(centred);
        model.PosteriorMean(x)[0].Values().Should().Equal(posterior, (a, b) => Math.Abs(a - b) < 1e-10);
        var cov = Matrix<double>.Build.DenseIdentity(2) - model.Weights.Transpose() * factor.Solve(model.Weights);
        (cov - model.PosteriorCovariance).FrobeniusNorm().Should().BeLessThan(1e-10);
    }

    [Fact]
    public void Conditional_is_that_of_the_dense_normal_distribution()
    {
        var (model, _) = Example();
        var (mean, covariance) = model.ExactMoments;
        int[] observed = [3, 0], hidden = [1, 2, 4];
        var given = Vector<double>.Build.Dense([0.7, -0.4]);
        var cross = Matrix<double>.Build.Dense(3, 2, (i, j) => covariance[hidden[i], observed[j]]);
        var own = Matrix<double>.Build.Dense(2, 2, (i, j) => covariance[observed[i], observed[j]]);
        var gain = cross * own.Inverse();
        var expected = Vector<double>.Build.Dense(3, i => mean[hidden[i]])
            + gain * (given - Vector<double>.Build.Dense(2, j => mean[observed[j]]));
        var conditional = model.Conditional(observed, [0.7, -0.4]);
        (conditional.Mean - expected).L2Norm().Should().BeLessThan(1e-10);
        var left = Matrix<double>.Build.Dense(3, 3, (i, j) => covariance[hidden[i], hidden[j]]) - gain * cross.Transpose();
        (conditional.Covariance - left).FrobeniusNorm().Should().BeLessThan(1e-10);
    }

    [RealDataFact("tabular")]
    public void Em_never_lowers_the_likelihood_and_ends_at_the_closed_form()
    {
        var iris = Tables.Rows("iris");
        var fit = ProbabilisticPca.FitEm(iris, 2, new() { Tolerance = 1e-12 });
        fit.Converged.Should().BeTrue();
        fit.LogLikelihoods.Zip(fit.LogLikelihoods.Skip(1))
            .Should().OnlyContain(pair => pair.Second >= pair.First - 1e-10 * Math.Abs(pair.First));
        var settled = ProbabilisticPca.FitEm(iris, 2, new() { Tolerance = 0, MaxIterations = 3_000 });
        (settled.Model.ExactMoments.Covariance - ProbabilisticPca.Fit(iris, 2).ExactMoments.Covariance).Enumerate()
            .Should().OnlyContain(value => Math.Abs(value) < 1e-6);
        ProbabilisticPca.FitEm(iris, 2, new() { MaxIterations = 2 }).Converged.Should().BeFalse();
    }

    [RealDataFact("tabular")]
    public void Em_with_missing_values_agrees_with_em_without_where_none_is_missing_and_recovers_the_covariance()
    {
        var iris = Tables.Rows("iris");
        var exact = ProbabilisticPca.Fit(iris, 2);
        var start = new ProbabilisticPca(exact.MeanVector, exact.Weights * 0.5 + 0.1, 1);
        new MissingValueEm(iris).Run(start, new() { Tolerance = 1e-13 }, default).LogLikelihoods[^1]
            .Should().BeApproximately(-2.699752, 1e-6);
        using var seed = SeedScope.Begin(1);
        var holes = torch.rand([150L, 4L], dtype: torch.float64).lt(0.1);
        var fit = ProbabilisticPca.FitEm(iris.masked_fill(holes, double.NaN), 2, new() { Tolerance = 1e-10 });
        fit.LogLikelihoods.Zip(fit.LogLikelihoods.Skip(1))
            .Should().OnlyContain(pair => pair.Second >= pair.First - 1e-10 * Math.Abs(pair.First));
        var full = ProbabilisticPca.Fit(iris, 2).ExactMoments.Covariance;
        ((fit.Model.ExactMoments.Covariance - full).FrobeniusNorm() / full.FrobeniusNorm())
            .Should().BeLessThan(0.1, "a tenth of the values is missing at random");
    }

    [Fact]
    public void Leading_pairs_of_a_large_matrix_are_those_of_the_full_decomposition()
    {
        var random = new Random(3);
        var factors = Matrix<double>.Build.Dense(240, 30, (_, j) => (random.NextDouble() - 0.5) * Math.Pow(0.8, j));
        var covariance = factors * factors.Transpose() + Matrix<double>.Build.DenseIdentity(240) * 0.01;
        var leading = LeadingEigenpairs.Of(covariance, 8);
        var all = covariance.Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real).Reverse().Take(8);
        leading.Values.Should().Equal(all, (a, b) => Math.Abs(a - b) < 1e-9);
        (covariance * leading.Vectors - leading.Vectors * Matrix<double>.Build.DenseOfDiagonalArray(leading.Values))
            .FrobeniusNorm().Should().BeLessThan(1e-8);
    }

    [Fact]
    public void Bad_input_is_refused_with_what_is_wrong()
    {
        var x = torch.ones([4L, 3L], dtype: torch.float64);
        FluentActions.Invoking(() => ProbabilisticPca.Fit(x, 1)).Should().Throw<DegenerateDataException>();
        FluentActions.Invoking(() => ProbabilisticPca.Fit(x, 3)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*D − 1 = 2*");
        FluentActions.Invoking(() => ProbabilisticPca.Fit(x.narrow(0, 0, 1), 1))
            .Should().Throw<ArgumentException>().WithMessage("*two rows*");
        FluentActions.Invoking(() => ProbabilisticPca.Fit(Ramp(), 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ProbabilisticPca.Fit(Ramp(), 1))
            .Should().Throw<DegenerateDataException>("rows on a line leave no noise");
        FluentActions.Invoking(() => ProbabilisticPca.FitEm(x, 1)).Should().Throw<DegenerateDataException>();
        FluentActions.Invoking(() => ProbabilisticPca.FitEm(
            x.masked_fill(torch.eye(4).narrow(1, 0, 3).eq(1), double.NaN).narrow(0, 0, 1), 1)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new ProbabilisticPca(Vector<double>.Build.Dense(3), Matrix<double>.Build.Dense(3, 1), -0.1))
            .Should().Throw<ArgumentException>().WithMessage("*-0.1*");
        var bad = torch.tensor(new double[,] { { 1, 2 }, { 3, double.NaN }, { 5, 6 } });
        FluentActions.Invoking(() => ProbabilisticPca.Fit(bad, 1)).Should().Throw<ArgumentException>().WithMessage("*row 1*");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_that_the_components_explain_wholly_are_degenerate_for_em_as_for_the_closed_form(bool missing)
    {
        // Three rows lie in a plane, so two components leave no noise.
        using var seed = SeedScope.Begin(3);
        var rows = torch.randn([3L, 5L], dtype: torch.float64);
        FluentActions.Invoking(() => ProbabilisticPca.Fit(rows, 2)).Should().Throw<DegenerateDataException>();
        if (missing)
            rows[1, 4] = torch.tensor(double.NaN, dtype: torch.float64);
        FluentActions.Invoking(() => ProbabilisticPca.FitEm(rows, 2))
            .Should().Throw<DegenerateDataException>().WithMessage("with q = 2 the noise variance*");
        if (!missing)
            ProbabilisticPca.FitEm(rows, 1).Model.NoiseVariance.Should().BeApproximately(ProbabilisticPca.Fit(rows, 1).NoiseVariance, 1e-6);
    }

    [Fact]
    public void A_constant_column_and_repeated_rows_do_no_harm_where_noise_is_left()
    {
        using var seed = SeedScope.Begin(2);
        var half = torch.randn([20L, 4L], dtype: torch.float64);
        half.select(1, 2).fill_(7);
        var rows = torch.cat([half, half]);
        var model = ProbabilisticPca.Fit(rows, 2);
        model.MeanVector[2].Should().Be(7);
        model.NoiseVariance.Should().BePositive();
        model.LogLikelihood(rows).Should().BeApproximately(2 * ProbabilisticPca.Fit(half, 2).LogLikelihood(half), 1e-9);
    }

    private static torch.Tensor Ramp() => torch.arange(6, dtype: torch.float64).unsqueeze(1) * torch.ones([1L, 3L], dtype: torch.float64);

    private static (ProbabilisticPca Model, torch.Tensor X) Example()
    {
        using var seed = SeedScope.Begin(5);
        var weights = Matrix<double>.Build.DenseOfArray(new[,] { { 1, 0.5 }, { 0.2, -1 }, { -0.7, 0.1 }, { 0, 0.3 }, { 0.4, 0.4 } });
        var model = new ProbabilisticPca(Vector<double>.Build.Dense([1.0, 2, 3, 4, 5]), weights, 0.3);
        return (model, model.Sample(20));
    }
}
