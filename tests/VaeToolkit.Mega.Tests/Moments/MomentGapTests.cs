using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Moments;

public sealed class MomentGapTests : IDisposable
{
    private static readonly MomentGapOptions s_unbiased = new() { Divisor = SecondMomentDivisor.Unbiased };
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [RealDataFact("tabular")]
    public void Gap_of_the_pca_maximum_is_the_spread_of_the_eigenvalues_that_it_pools()
    {
        Check("iris", 1, 0.160060, 5e-7);
        Check("iris", 2, 0.038192, 5e-7);
        Check("iris", 3, 0, 1e-9);
        Check("digits", 10, 52.7660, 5e-5);

        static void Check(string table, int q, double published, double tolerance)
        {
            var data = DataMoments.Of(Tables.Rows(table));
            var model = ProbabilisticPca.Fit(data, q);
            var gap = MomentGaps.Between(data, model, s_unbiased);
            var rest = data.Maximum.Covariance.Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real).Take(data.Dimension - q);
            gap.SecondOrder.Should().BeApproximately(published, tolerance);
            gap.SecondOrder.Should().BeApproximately(Math.Sqrt(rest.Sum(value => Math.Pow(value - model.NoiseVariance, 2))), 1e-8);
            gap.FirstOrder.Should().BeLessThan(1e-12);
            gap.Sampling.Should().BeNull("the model has closed-form moments");
        }
    }

    [Fact]
    public void Norms_are_told_apart_on_a_matrix_with_known_eigenvalues()
    {
        // Two points have the second moment [[1, 1], [1, 1]]; the model is centred with a covariance of its own.
        var data = DataMoments.Of(torch.tensor(new double[,] { { 1, 1 }, { -1, -1 }, { 1, 1 }, { -1, -1 } }));
        var draws = ConditionalMoments.OfComponents(torch.zeros([1L, 2L], dtype: torch.float64),
            torch.tensor(new[,] { { 3.0, 0.5, 0.5, 0.0 } }), torch.zeros([5L], dtype: torch.int64));
        var gap = MomentGaps.Between(data, draws, SecondMomentDivisor.Unbiased);
        gap.Second.ToArray().Cast<double>().Should().Equal(-2, 0.5, 0.5, 1);
        var root = Math.Sqrt(1.5 * 1.5 + 0.25);
        gap.OperatorNorm.Should().BeApproximately(0.5 + root, 1e-12);
        gap.SchattenNorm(1).Should().BeApproximately(2 * root, 1e-12);
        gap.EntrywiseNorm(1).Should().BeApproximately(4, 1e-12);
        gap.EntrywiseNorm(2).Should().BeApproximately(gap.SchattenNorm(2), 1e-12);
        gap.SecondOrder.Should().BeApproximately(Math.Sqrt(5.5), 1e-12);
        gap.DiagonalOnly.Should().BeApproximately(Math.Sqrt(5), 1e-12);
        gap.Relative.Should().BeApproximately(Math.Sqrt(5.5) / 2, 1e-12);
        gap.Sampling!.TotalVariance.Should().BeApproximately(0, 1e-12);
        FluentActions.Invoking(() => gap.SchattenNorm(0.5)).Should().Throw<ArgumentOutOfRangeException>();
        // To the largest there is: powers of it may be no numbers.
        gap.EntrywiseNorm(2000).Should().BeApproximately(2, 1e-12);
        gap.SchattenNorm(2000).Should().BeApproximately(gap.OperatorNorm, 1e-3);
        var small = MomentGaps.Between(
            data, ConditionalMoments.OfComponents(torch.zeros([1L, 2L], dtype: torch.float64),
                torch.tensor(new[,] { { 1.01, 1.0, 1.0, 1.01 } }), torch.zeros([5L], dtype: torch.int64)), SecondMomentDivisor.Unbiased);
        small.EntrywiseNorm(200).Should().BeApproximately(0.01 * Math.Pow(2, 1 / 200.0), 1e-12);
    }

    [Fact]
    public void Mean_and_covariance_parts_add_up_to_the_raw_second_moments()
    {
        var (x, means, variances) = Random(seed: 1, n: 30, m: 20, size: 4);
        var gap = MomentGaps.Between(DataMoments.Of(x), ConditionalMoments.Independent(means, variances), SecondMomentDivisor.Unbiased);
        var expected = Rows.Matrix(x.t().mm(x) / 30.0 - means.t().mm(means) / 20.0 - variances.mean([0L]).diag());
        (gap.Second - expected).FrobeniusNorm().Should().BeLessThan(1e-10);
        var slide = MomentGaps.Between(DataMoments.Of(x), ConditionalMoments.Independent(means, variances));
        (slide.Second - gap.Second - DataMoments.Of(x).Maximum.Covariance / 29).FrobeniusNorm().Should().BeLessThan(1e-10);
    }

    [Theory]
    [InlineData(SecondMomentDivisor.Slide)]
    [InlineData(SecondMomentDivisor.Unbiased)]
    public void Gram_form_equals_the_matrix_form(SecondMomentDivisor divisor)
    {
        var (x, means, variances) = Random(seed: 2, n: 40, m: 25, size: 60);
        var matrix = MomentGaps.Between(DataMoments.Of(x), ConditionalMoments.Independent(means, variances), divisor);
        var gram = GramGap.Between(x, means, variances, divisor);
        Near(gram.FirstOrder, matrix.FirstOrder);
        Near(gram.SecondOrder, matrix.SecondOrder);
        Near(gram.CovarianceOnly, matrix.CovarianceOnly);
        Near(gram.DiagonalOnly, matrix.DiagonalOnly);
        Near(gram.Relative, matrix.Relative);

        static void Near(double actual, double expected) => actual.Should().BeApproximately(expected, 1e-9 * expected);
    }

    [RealDataFact("tabular")]
    public void Squared_error_of_m_draws_is_the_law_over_m()
    {
        var iris = Tables.Read("iris");
        var rows = iris.ToTensor();
        var mixture = GaussianMixture.Fit(
            rows, 3, new() { Regularisation = 0, StartLabels = iris.Labels, Em = new() { Tolerance = 1e-14 } }).Model;
        var second = Enumerable.Range(0, 3)
            .Select(k => mixture.Covariances[k] + mixture.Means.Row(k).OuterProduct(mixture.Means.Row(k))).ToArray();
        var law = mixture.Weights.Zip(second)
            .Sum(pair => pair.First * Math.Pow((pair.Second - mixture.ExactMoments.Raw()).FrobeniusNorm(), 2));
        law.Should().BeApproximately(639.296, 5e-3);
        Check(mixture, law);

        var pca = ProbabilisticPca.Fit(rows, 2);
        var (mean, image) = (pca.MeanVector, pca.Weights * pca.Weights.Transpose());
        Check(pca, Math.Pow(image.Trace(), 2) + (image * image).Trace() + 2 * image.Trace() * (mean * mean) + 2 * (mean * image * mean));

        void Check(ClassicalModel model, double expected)
        {
            const int Draws = 50;
            var data = DataMoments.Of(rows);
            var gaps = Enumerable.Range(0, 300)
                .Select(seed => MomentGaps.MonteCarlo(data, model, new() { Draws = Draws, Seed = seed })).ToArray();
            var truth = MomentGaps.Between(data, model).Second;
            var (average, error) = MeanAndError([.. gaps.Select(gap => Math.Pow((gap.Second - truth).FrobeniusNorm(), 2))]);
            average.Should().BeApproximately(expected / Draws, 3 * error);
            var (estimated, estimateError) = MeanAndError([.. gaps.Select(gap => gap.Sampling!.TotalVariance)]);
            estimated.Should().BeApproximately(expected, 3 * estimateError);
        }
    }

    [Fact]
    public void U_statistic_is_unbiased_and_the_plain_squared_gap_exceeds_it_by_both_sides_noise()
    {
        const int Rows = 40, Draws = 30;
        using var seed = SeedScope.Begin(11);
        var truth = new ProbabilisticPca(
            Vector<double>.Build.Dense([0.5, -0.2, 0.1]), Matrix<double>.Build.Dense(3, 1, [1, 0.5, -0.5]), 0.5);
        var model = new ProbabilisticPca(Vector<double>.Build.Dense([0.2, 0, 0.3]), Matrix<double>.Build.Dense(3, 1, [0.4, 0.9, 0]), 0.7);
        var squared = Math.Pow((truth.ExactMoments.Raw() - model.ExactMoments.Raw()).FrobeniusNorm(), 2);
        var gaps = Enumerable.Range(0, 2000).Select(_ =>
        {
            using var scope = torch.NewDisposeScope();
            return MomentGaps.Between(DataMoments.Of(truth.Sample(Rows)), model.Draw(Draws), SecondMomentDivisor.Unbiased);
        }).ToArray();
        var (unbiased, error) = MeanAndError([.. gaps.Select(gap => gap.Sampling!.UnbiasedSquaredGap)]);
        unbiased.Should().BeApproximately(squared, 3 * error);
        var (plain, plainError) = MeanAndError([.. gaps.Select(gap => gap.SecondOrder * gap.SecondOrder)]);
        plain.Should().BeApproximately(squared + ModelLaw(model) / Draws + DataLaw(truth) / Rows, 3 * plainError);
    }

    [Fact]
    public void Mmd_with_the_squared_inner_product_is_the_unbiased_gap_when_nothing_varies()
    {
        var (x, means, _) = Random(seed: 4, n: 25, m: 15, size: 3);
        double Kernel(torch.Tensor a, torch.Tensor b) => a.mm(b.t()).square().mean().ToDouble();
        var mmd = Kernel(x, x) + Kernel(means, means) - 2 * Kernel(x, means);
        var gap = MomentGaps.Between(
            DataMoments.Of(x), ConditionalMoments.Independent(means, torch.zeros_like(means)), SecondMomentDivisor.Unbiased);
        (gap.SecondOrder * gap.SecondOrder).Should().BeApproximately(mmd, 1e-9 * mmd);
    }

    [Fact]
    public void Conditioning_has_the_variance_ratio_of_its_closed_form()
    {
        // One value: Var(x²) against Var(s² + μ(z)²), x ~ N(0, w² + s²): 2 (w² + s²)² over 2 w⁴.
        var model = new ProbabilisticPca(Vector<double>.Build.Dense(2), Matrix<double>.Build.Dense(2, 1, [1.0, 0]), 0.6);
        using var seed = SeedScope.Begin(21);
        var sampled = new double[6000];
        var conditioned = new double[6000];
        for (var i = 0; i < sampled.Length; i++)
        {
            using var scope = torch.NewDisposeScope();
            sampled[i] = model.Sample(20).select(1, 0).square().mean().ToDouble();
            var draw = model.Draw(20);
            conditioned[i] = draw.Means.select(1, 0).square().mean().ToDouble() + 0.6;
        }
        var ratio = Variance(sampled) / Variance(conditioned);
        ratio.Should().BeApproximately(1.6 * 1.6, 0.05 * 1.6 * 1.6).And.BeGreaterThan(1);
    }

    [Fact]
    public void One_draw_is_allowed_and_has_no_error()
    {
        var (x, means, variances) = Random(seed: 6, n: 5, m: 1, size: 2);
        var gap = MomentGaps.Between(DataMoments.Of(x), ConditionalMoments.Independent(means, variances));
        gap.Sampling!.StandardError.Should().Be(double.NaN);
        gap.Sampling.UnbiasedSquaredGap.Should().Be(double.NaN);
        gap.SecondOrder.Should().BePositive();
    }

    [Fact]
    public void One_hot_blocks_have_the_covariance_of_categorical_values()
    {
        var p = torch.tensor(new double[,] { { 0.2, 0.8, 0.5, 0.5 }, { 0.6, 0.4, 0.1, 0.9 } });
        var draws = ConditionalMoments.OneHot(p, 2);
        var covariances = new double[2, 16];
        for (var i = 0; i < 2; i++)
        {
            var row = p[i].Values();
            for (var a = 0; a < 4; a++)
            {
                for (var b = 0; b < 4; b++)
                    covariances[i, 4 * a + b] = a / 2 == b / 2 ? (a == b ? row[a] : 0) - row[a] * row[b] : 0;
            }
        }
        var full = ConditionalMoments.OfComponents(p, torch.tensor(covariances), torch.tensor(new[] { 0L, 1L }));
        (Rows.Matrix(draws.CovarianceSum()) - Rows.Matrix(full.CovarianceSum())).FrobeniusNorm().Should().BeLessThan(1e-12);
        var origin = torch.tensor(new[] { 0.3, 0.7, 0.4, 0.6 });
        draws.SquaredNorms(origin).Should().BeApproximately(full.SquaredNorms(origin), 1e-12);
    }

    [Fact]
    public void Bad_input_is_refused_with_what_is_wrong()
    {
        var (x, means, variances) = Random(seed: 7, n: 5, m: 3, size: 2);
        FluentActions.Invoking(() => ConditionalMoments.Independent(means, variances - 10))
            .Should().Throw<ArgumentException>().WithMessage("*draw 0*negative*");
        FluentActions.Invoking(() => ConditionalMoments.StudentT(means, variances, 2)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ConditionalMoments.OfComponents(
            means, torch.tensor(new double[,] { { 1, 0, 0, 1 }, { 1, 0.5, 0, 1 }, { 1, 0, 0, 1 } }), torch.zeros([1L], dtype: torch.int64)))
            .Should().Throw<ArgumentException>().WithMessage("covariance 1 is not symmetric*");
        FluentActions.Invoking(
            () => MomentGaps.Between(DataMoments.Of(torch.ones([3L, 5L])), ConditionalMoments.Independent(means, variances)))
            .Should().Throw<ArgumentException>().WithMessage("*5 values a row, the model 2*");
        FluentActions.Invoking(() => DataMoments.Of(torch.tensor(new[,] { { 1.0 }, { double.PositiveInfinity } })))
            .Should().Throw<ArgumentException>().WithMessage("*row 1*");
        FluentActions.Invoking(() => ConditionalMoments.Independent(means, variances.narrow(0, 0, 2)))
            .Should().Throw<ArgumentException>().WithMessage("*must be the same*");
        FluentActions.Invoking(() => ConditionalMoments.Independent(means / 0, variances))
            .Should().Throw<ArgumentException>().WithMessage("*row 0*");
        FluentActions.Invoking(() => ConditionalMoments.OfComponents(
            means, torch.tensor(new double[,] { { 1, 0, 0, 1 }, { 1, 0, 0, 1 }, { -1, 0, 0, 1 } }), torch.zeros([1L], dtype: torch.int64)))
            .Should().Throw<ArgumentException>().WithMessage("covariance 2 has a negative value*");
        FluentActions.Invoking(() => ConditionalMoments.OneHot(means, 2))
            .Should().Throw<ArgumentException>().WithMessage("*do not sum to one*");
        FluentActions.Invoking(() => MomentGaps.MonteCarlo(DataMoments.Of(x), ProbabilisticPca.Fit(x, 1), new() { Draws = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => DataMoments.Of(torch.ones([3L, 0L])))
            .Should().Throw<ArgumentException>().WithMessage("*shape [3, 0]*");
        FluentActions.Invoking(() => DataMoments.Of(torch.ones([3L]))).Should().Throw<ArgumentException>().WithMessage("*shape [3]*");
        FluentActions.Invoking(() => DataMoments.Of(torch.ones([1L, 2L]))).Should().Throw<ArgumentException>().WithMessage("*two rows*");
        var gone = torch.ones([3L, 2L]);
        gone.Dispose();
        FluentActions.Invoking(() => DataMoments.Of(gone)).Should().Throw<ArgumentException>().WithMessage("*live tensor*");
        DataMoments.Of(torch.tensor(new long[,] { { 1, 2 }, { 3, 6 } })).Maximum.Mean.Should().Equal(2, 4);
    }

    [Fact]
    public void Equal_seeds_give_equal_gaps()
    {
        var model = new ProbabilisticPca(Vector<double>.Build.Dense(3), Matrix<double>.Build.Dense(3, 1, 1), 0.5);
        var data = DataMoments.Of(Random(seed: 9, n: 10, m: 1, size: 3).X);
        double Gap(long seed) => MomentGaps.MonteCarlo(data, model, new() { Draws = 100, Seed = seed, BlockSize = 30 }).SecondOrder;
        Gap(1).Should().Be(Gap(1)).And.NotBe(Gap(2));
    }

    private static double ModelLaw(ProbabilisticPca model)
    {
        var (mean, image) = (model.MeanVector, model.Weights * model.Weights.Transpose());
        return Math.Pow(image.Trace(), 2) + (image * image).Trace() + 2 * image.Trace() * (mean * mean) + 2 * (mean * image * mean);
    }

    // The same law with the whole covariance in place of WWᵀ: the second moment of plain samples.
    private static double DataLaw(ProbabilisticPca model)
    {
        var (mean, covariance) = model.ExactMoments;
        return Math.Pow(covariance.Trace(), 2) + (covariance * covariance).Trace() + 2 * covariance.Trace() * (mean * mean)
            + 2 * (mean * covariance * mean);
    }

    private static (double Mean, double Error) MeanAndError(double[] values)
        => (values.Average(), Math.Sqrt(Variance(values) / values.Length));

    private static double Variance(double[] values) => values.Sum(value => Math.Pow(value - values.Average(), 2)) / (values.Length - 1);

    private static (torch.Tensor X, torch.Tensor Means, torch.Tensor Variances) Random(long seed, long n, long m, long size)
    {
        using var random = SeedScope.Begin(seed);
        return (torch.randn([n, size], dtype: torch.float64) + 3, torch.randn([m, size], dtype: torch.float64) + 2.5,
            torch.rand([m, size], dtype: torch.float64) + 0.1);
    }
}
