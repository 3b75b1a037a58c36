using TorchSharp;

namespace VaeToolkit.Mega.Tests.Classical;

public class ConstantColumnTests
{
    private const int Count = 300;

    [Theory]
    [InlineData(CovarianceForm.Full, 1)]
    [InlineData(CovarianceForm.Full, 2)]
    [InlineData(CovarianceForm.Diagonal, 1)]
    [InlineData(CovarianceForm.Tied, 1)]
    public void A_column_that_is_constant_but_for_rounding_is_named_and_units_change_nothing_else(CovarianceForm form, int components)
    {
        using var scope = torch.NewDisposeScope();
        var options = new MixtureOptions { Form = form, Restarts = 1 };
        var fit = GaussianMixture.Fit(Rows(), components, options);
        fit.Findings.Should().Equal("column 1 is constant: it says nothing, and the log-likelihood counts all columns");
        fit.ToString().Should().Contain("note: column 1 is constant");
        foreach (var unit in new[] { 1e-9, 1e9 })
        {
            var scaled = GaussianMixture.Fit(Rows() * unit, components, options);
            scaled.Findings.Should().Equal(fit.Findings);
            (scaled.LogLikelihood + Count * 3 * Math.Log(unit)).Should().BeApproximately(fit.LogLikelihood, 1e-6 * Count);
            for (var j = 0; j < 3; j++)
                (scaled.Model.Covariances[0][j, j] / unit / unit / fit.Model.Covariances[0][j, j]).Should().BeApproximately(1, 1e-6);
        }
        FluentActions.Invoking(() => GaussianMixture.Fit(Rows(), components, options with { Regularisation = 0 }))
            .Should().Throw<DegenerateDataException>().WithMessage("column 1 is constant, *no maximum; *Regularisation above 0");
        GaussianMixture.Fit(Rows().to(torch.float32), components, options).Findings.Should().Equal(fit.Findings);
    }

    [Fact]
    public void With_a_variance_added_the_column_has_that_and_is_named()
    {
        using var scope = torch.NewDisposeScope();
        const double Added = 0.25;
        var fit = GaussianMixture.Fit(Rows(), 1, new() { Regularisation = Added });
        fit.Model.Covariances[0][1, 1].Should().BeApproximately(Added, 1e-12);
        var without = GaussianMixture.Fit(Rows().index_select(1, torch.tensor(new long[] { 0, 2 })), 1, new() { Regularisation = Added });
        (fit.LogLikelihood - without.LogLikelihood).Should().BeApproximately(-0.5 * Count * Math.Log(2 * Math.PI * Added), 1e-9 * Count);
        fit.Findings.Should().Equal("column 1 is constant: it says nothing, and the log-likelihood counts all columns");
        without.Findings.Should().BeEmpty();
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1e-9)]
    [InlineData(1e9)]
    public void Models_with_one_noise_for_all_columns_take_it_and_name_it(double unit)
    {
        using var scope = torch.NewDisposeScope();
        var rows = Rows() * unit;
        var variances = Rows().var(0, unbiased: false);
        var fit = GaussianMixture.Fit(rows, 1, new() { Form = CovarianceForm.Spherical });
        (fit.Model.Covariances[0][0, 0] / unit / unit).Should().BeApproximately(variances.mean().ToDouble(), 1e-10);
        fit.Findings.Should().ContainSingle().Which.Should().StartWith("column 1 is constant");
        var pca = ProbabilisticPca.FitEm(rows, 1);
        pca.Findings.Should().ContainSingle().Which.Should().StartWith("column 1 is constant");
        (pca.Model.NoiseVariance / ProbabilisticPca.Fit(rows, 1).NoiseVariance).Should().BeApproximately(1, 1e-5);
        pca.ToString().Should().Contain("note: column 1 is constant");
    }

    [Fact]
    public void Many_constant_columns_are_named_by_the_first_and_their_number()
    {
        using var scope = torch.NewDisposeScope();
        ProbabilisticPca.FitEm(torch.cat([Rows(), torch.zeros([Count, 9], torch.float64)], 1), 1).Findings
            .Should().ContainSingle().Which.Should().StartWith("columns 1, 3, 4, 5, 6, 7 and 4 more are constant");
    }

    [Fact]
    public void Rows_far_out_have_numbers_and_the_nearest_component()
    {
        using var scope = torch.NewDisposeScope();
        var far = torch.tensor(new[,] { { 1e200, 0, 1 }, { -1e200, 0, 1 }, { 1e308, -1e308, 1e308 }, { 1e150, 0, 1 }, { 0, 0, 0 } });
        var identity = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseIdentity(3);
        var means = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfArray(new double[,] { { 1, 0, 0 }, { -1, 0, 0 } });
        // Far out the wider one has everything.
        foreach (var (width, first) in new[] { (0.25, 1.0), (4.0, 0.0) })
        {
            var mixture = new GaussianMixture([0.5, 0.5], means, [identity, identity * width]);
            var shares = mixture.Responsibilities(far);
            shares[..4, 0].Values().Should().OnlyContain(share => share == first);
            shares.sum(1).Values().Should().OnlyContain(sum => Math.Abs(sum - 1) < 1e-12);
            mixture.LogProb(far).Values().Should().NotContain(double.NaN);
        }
        foreach (var model in new ClassicalModel[]
                 {
                     ProbabilisticPca.Fit(Rows(), 1),
                     FactorAnalysis.Fit(torch.randn([Count, 3], torch.float64, generator: new torch.Generator(3)), 1).Model,
                 })
        {
            var logs = model.LogProb(far).Values();
            logs[..3].Should().OnlyContain(value => double.IsNegativeInfinity(value));
            logs[3].Should().BeInRange(-1e302, -1e297);
            // By the density's definition.
            var moments = model.ExactMoments;
            var (mean, covariance) = (moments.Mean, moments.Covariance);
            logs[4].Should().BeApproximately(
                -0.5 * (3 * Math.Log(2 * Math.PI) + Math.Log(covariance.Determinant()) + mean * covariance.Solve(mean)), 1e-9);
        }
    }

    [Fact]
    public void Whole_numbers_that_float32_holds_exactly_are_no_constant()
    {
        using var scope = torch.NewDisposeScope();
        var counts = torch.arange(10L).repeat(Count / 10).unsqueeze(1);
        var fit = GaussianMixture.Fit((counts + 10_000_000).to(torch.float32), 1, new() { Regularisation = 0 });
        fit.Findings.Should().BeEmpty();
        fit.Model.Covariances[0][0, 0].Should().BeApproximately(8.25, 1e-6, "the variance of 0 to 9");
    }

    // Two columns of noise, and between them 0.3 as it is and as 0.1 + 0.2 is.
    private static torch.Tensor Rows()
    {
        using var generator = new torch.Generator(3);
        var noise = torch.randn([Count, 3], torch.float64, generator: generator);
        noise[.., 1] = torch.tensor(Enumerable.Range(0, Count).Select(i => i % 2 == 0 ? 0.3 : 0.1 + 0.2).ToArray());
        return noise;
    }
}
