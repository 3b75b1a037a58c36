using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Classical;

/// <summary>Fits follow a change of units or of origin exactly.</summary>
public sealed class InvarianceTests : IDisposable
{
    private static readonly Dictionary<string, Func<torch.Tensor, ModelFit>> s_fits = new()
    {
        ["closed-form PCA"] = rows => ModelFit.Of(ProbabilisticPca.Fit(rows, 2), rows),
        ["PCA by EM"] = rows => ModelFit.Of(ProbabilisticPca.FitEm(rows, 2).Model, rows),
        ["PCA with missing values"] = rows => Missing(rows),
        ["factor analysis"] = rows => Factors(rows),
        ["full mixture"] = rows => Mixture(rows, CovarianceForm.Full),
        ["tied mixture"] = rows => Mixture(rows, CovarianceForm.Tied),
        ["diagonal mixture"] = rows => Mixture(rows, CovarianceForm.Diagonal),
        ["spherical mixture"] = rows => Mixture(rows, CovarianceForm.Spherical),
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    /// <summary>Every fit.</summary>
    public static TheoryData<string> Fits => [.. s_fits.Keys];

    [Theory]
    [InlineData(CovarianceForm.Tied, 3, -1e3, 0)]
    [InlineData(CovarianceForm.Spherical, 4, 1, 1e8)]
    [InlineData(CovarianceForm.Spherical, 4, 1, 1.7e9)]
    public void Of_runs_that_end_in_one_optimum_the_first_is_kept_whatever_rounding_says(
        CovarianceForm form, int components, double factor, double offset)
    {
        var (random, values) = (new Random(7), new double[300 * 4]);
        for (var i = 0; i < 300; i++)
        {
            var (group, shared) = (i % 3, Normal());
            double[] row = [group * 4 + Normal(), -group * 3 + 0.5 * shared + 0.4 * Normal(), shared + group, 2 * Normal() - group];
            row.CopyTo(values, 4 * i);
        }
        var near = torch.tensor(values, [300L, 4L]);
        var scales = torch.tensor(new[] { factor, Math.Abs(factor), Math.Abs(factor), Math.Abs(factor) });
        var options = new MixtureOptions { Form = form };
        var (one, other) = (GaussianMixture.Fit(near, components, options).Model,
            GaussianMixture.Fit(near * scales + offset, components, options).Model);
        for (var k = 0; k < components; k++)
        {
            other.Weights[k].Should().BeApproximately(one.Weights[k], 1e-5);
            for (var j = 0; j < 4; j++)
                ((other.Means[k, j] - offset) / scales[j].ToDouble()).Should().BeApproximately(one.Means[k, j], 1e-4);
        }

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    [Theory]
    [MemberData(nameof(Fits))]
    public void A_constant_added_to_all_columns_moves_the_mean_and_nothing_else(string name)
    {
        var near = s_fits[name](TwoGroups());
        foreach (var offset in new[] { 1e8, 1.7e9 })
        {
            var far = s_fits[name](TwoGroups() + offset);
            far.LogLikelihood.Should().BeApproximately(near.LogLikelihood, 1e-5, "a mean is rounded to 2.4e-7 there");
            (far.Moments.Covariance - near.Moments.Covariance).FrobeniusNorm().Should().BeLessThan(1e-5);
            (far.Moments.Mean - offset - near.Moments.Mean).AbsoluteMaximum().Should().BeLessThan(1e-6);
        }
    }

    [Theory]
    [InlineData("factor analysis")]
    [InlineData("full mixture")]
    [InlineData("tied mixture")]
    [InlineData("diagonal mixture")]
    public void A_column_multiplied_by_a_number_multiplies_the_model_by_it(string name)
    {
        var scale = Vector<double>.Build.Dense([30_000.0, 1, 1e-3, 7]);
        Scaled(s_fits[name](TwoGroups()), s_fits[name](TwoGroups() * Rows.Tensor(scale)), scale);
    }

    [Theory]
    [MemberData(nameof(Fits))]
    public void All_columns_multiplied_by_a_number_multiply_the_model_by_it(string name)
    {
        foreach (var factor in new[] { 1e-6, 30_000 })
            Scaled(s_fits[name](TwoGroups()), s_fits[name](TwoGroups() * factor), Vector<double>.Build.Dense(4, factor));
    }

    [Fact]
    public void One_component_has_the_sample_moments_whatever_the_columns_units()
    {
        using var seed = SeedScope.Begin(3);
        var rows = Incomes(groups: false);
        var expected = DataMoments.Of(rows).Maximum;
        var model = GaussianMixture.Fit(rows, 1).Model;
        for (var i = 0; i < 2; i++)
            model.Covariances[0][i, i].Should().BeApproximately(expected.Covariance[i, i], 1e-9 * expected.Covariance[i, i]);
        model.Means[0, 1].Should().BeApproximately(expected.Mean[1], 1e-9);
    }

    [Fact]
    public void Groups_in_a_small_column_are_found_beside_a_large_one_and_bic_counts_them()
    {
        using var seed = SeedScope.Begin(0);
        var rows = Incomes(groups: true);
        var fits = new Dictionary<int, GaussianMixture>();
        var path = ComplexityPath.Fit(rows, [1, 2, 3], (train, k) => fits[k] = GaussianMixture.Fit(train, k).Model, [], GapEstimator.Exact);
        path.Points.MinBy(point => point.Bic)!.Complexity.Should().Be(2);
        var assigned = fits[2].Responsibilities(rows).argmax(1).Values();
        var correct = Enumerable.Range(0, 1000).Count(i => assigned[i] == (i < 500 ? assigned[0] : assigned[999]));
        correct.Should().BeGreaterThan(995, "the groups are ten deviations apart");
        assigned[0].Should().NotBe(assigned[999]);
    }

    [Fact]
    public void Groups_far_apart_keep_their_own_variance()
    {
        using var seed = SeedScope.Begin(5);
        var rows = torch.cat([torch.randn([200L, 2L], dtype: torch.float64), torch.randn([200L, 2L], dtype: torch.float64) + 10_000]);
        var model = GaussianMixture.Fit(rows, 2).Model;
        model.DegenerateComponents(400).Should().BeEmpty();
        var group = DataMoments.Of(rows.narrow(0, 0, 200)).Maximum.Covariance;
        var found = model.Covariances[model.Means[0, 0] < 5_000 ? 0 : 1];
        (found - group).FrobeniusNorm().Should().BeLessThan(1e-3);
    }

    [Fact]
    public void A_column_that_is_constant_up_to_rounding_counts_as_constant()
    {
        using var seed = SeedScope.Begin(6);
        var rows = torch.randn([50L, 5L], dtype: torch.float64);
        rows.select(1, 2).fill_(0.3);
        rows[7, 2] = torch.tensor(0.1 + 0.2, dtype: torch.float64);
        FluentActions.Invoking(() => FactorAnalysis.Fit(rows, 1))
            .Should().Throw<DegenerateDataException>().WithMessage("*column 2 is constant*");
        GaussianMixture.Fit(rows, 2, new() { Form = CovarianceForm.Diagonal }).Model.DegenerateComponents(50).Should().BeEmpty();
        var same = torch.full([10L, 3L], 0.1, torch.float64);
        FluentActions.Invoking(() => ProbabilisticPca.Fit(same, 1))
            .Should().Throw<DegenerateDataException>().WithMessage("all rows are the same*");
        FluentActions.Invoking(() => GaussianMixture.Fit(same, 2))
            .Should().Throw<DegenerateDataException>().WithMessage("all rows are the same*");
    }

    // One group is three times as wide as the other; multiples of 2⁻¹⁶, so that they are exact far from zero.
    private static torch.Tensor TwoGroups()
    {
        using var seed = SeedScope.Begin(12);
        var factor = torch.tensor(new[,] { { 1.0, 0.6, -0.4, 0.2 } });
        var rows = torch.randn([160L, 1L], dtype: torch.float64).mm(factor) + torch.randn([160L, 4L], dtype: torch.float64) * 0.6;
        rows = torch.cat([rows.narrow(0, 0, 80), rows.narrow(0, 80, 80) * 3 + torch.tensor([9.0, -6, 3, 12], device: torch.CPU)]);
        return (rows * 65_536).round() / 65_536;
    }

    private static torch.Tensor Incomes(bool groups)
    {
        var column = torch.randn([1000L, 1L], dtype: torch.float64);
        var second = groups
            ? torch.cat([column.narrow(0, 0, 500) * 2 + 40, column.narrow(0, 500, 500) * 2 + 60])
            : column * 10 + 50;
        return torch.cat([torch.randn([1000L, 1L], dtype: torch.float64) * 30_000 + 50_000, second], 1);
    }

    private static ModelFit Missing(torch.Tensor rows)
    {
        using var seed = SeedScope.Begin(2);
        var holes = torch.rand(rows.shape, dtype: torch.float64).lt(0.1);
        var fit = ProbabilisticPca.FitEm(rows.masked_fill(holes, double.NaN), 2);
        return new(fit.LogLikelihood, fit.Model.ExactMoments, 0);
    }

    // Of the first group: two together have a Heywood case.
    private static ModelFit Factors(torch.Tensor rows)
        => ModelFit.Of(FactorAnalysis.Fit(rows.narrow(0, 0, 80), 1).Model, rows.narrow(0, 0, 80));

    private static ModelFit Mixture(torch.Tensor rows, CovarianceForm form)
        => ModelFit.Of(GaussianMixture.Fit(rows, 2, new() { Form = form, Restarts = 2 }).Model, rows);

    private static void Scaled(ModelFit plain, ModelFit scaled, Vector<double> scale)
    {
        var matrix = Matrix<double>.Build.DenseOfDiagonalVector(1 / scale);
        (matrix * scaled.Moments.Covariance * matrix - plain.Moments.Covariance).FrobeniusNorm()
            .Should().BeLessThan(1e-6 * plain.Moments.Covariance.FrobeniusNorm());
        (scaled.Moments.Mean.PointwiseDivide(scale) - plain.Moments.Mean).L2Norm().Should().BeLessThan(1e-6);
        if (plain.WholeRows > 0)
            (scaled.LogLikelihood + plain.WholeRows * scale.PointwiseLog().Sum()).Should().BeApproximately(plain.LogLikelihood, 1e-6);
    }

    private sealed record ModelFit(double LogLikelihood, SecondMoments Moments, long WholeRows)
    {
        internal static ModelFit Of(ClassicalModel model, torch.Tensor rows)
            => new(model.LogLikelihood(rows), model.ExactMoments, rows.shape[0]);
    }
}
