using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Classical;

/// <summary>Fits to fewer rows than parameters are refused or end within seconds, also where rows have thousands of values.</summary>
public sealed class FewRowsTests : IDisposable
{
    private const long Wide = 2_352;

    // Where matrices of so many columns are factored again and again.
    private const long Half = Wide / 2;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(1);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(CovarianceForm.Full, 1, "*2 rows are too few for 1 component(s) with full covariances of 2352 columns*2353 rows*")]
    [InlineData(CovarianceForm.Full, 2, "*4706 rows*")]
    [InlineData(CovarianceForm.Tied, 1, "*2353 rows*")]
    [InlineData(CovarianceForm.Diagonal, 2, "*4 rows*")]
    [InlineData(CovarianceForm.Spherical, 2, "*4 rows*")]
    public void Mixtures_say_how_many_rows_they_need(CovarianceForm form, int components, string message)
        => FluentActions.Invoking(() => GaussianMixture.Fit(Rows(2), components, new() { Form = form }))
            .Should().Throw<DegenerateDataException>().WithMessage(message);

    [Theory]
    [InlineData(CovarianceForm.Diagonal)]
    [InlineData(CovarianceForm.Spherical)]
    public void Mixtures_of_simple_forms_end(CovarianceForm form)
    {
        GaussianMixture.Fit(Rows(2, form == CovarianceForm.Diagonal ? Wide : Half), 1, new() { Form = form }).Converged.Should().BeTrue();
        GaussianMixture.Fit(Rows(12, Half), 2, new() { Form = form }).Converged.Should().BeTrue();
    }

    [Fact]
    public void A_regularised_full_covariance_of_two_rows_ends()
    {
        var fit = GaussianMixture.Fit(Rows(2, Half), 1, new() { Regularisation = 0.1 });
        fit.Converged.Should().BeTrue();
        fit.Findings.Should().ContainSingle().Which.Should().StartWith("component 0 (2.0 rows) has collapsed");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Probabilistic_pca_of_two_rows_is_refused_and_of_ten_ends(bool missing)
    {
        var (two, ten) = (Rows(2), Rows(10));
        FluentActions.Invoking(() => ProbabilisticPca.Fit(two, 1)).Should().Throw<DegenerateDataException>();
        var exact = ProbabilisticPca.Fit(ten, 2);
        if (missing)
        {
            two[1, 5] = torch.tensor(double.NaN, torch.float64);
            ten[3, 7] = torch.tensor(double.NaN, torch.float64);
        }
        FluentActions.Invoking(() => ProbabilisticPca.FitEm(two, 1)).Should().Throw<DegenerateDataException>();
        ProbabilisticPca.FitEm(ten, 2, new() { MaxIterations = 200 }).Model.NoiseVariance
            .Should().BeApproximately(exact.NoiseVariance, 0.05 * exact.NoiseVariance);
    }

    [Fact]
    public void Factor_analysis_of_rows_that_the_factors_explain_is_refused_and_of_ten_ends()
    {
        FluentActions.Invoking(() => FactorAnalysis.Fit(Rows(2), 1))
            .Should().Throw<DegenerateDataException>().WithMessage("1 factor(s) explain 2 rows wholly*at least 3 rows");
        var fit = FactorAnalysis.Fit(Rows(10), 1);
        fit.LogLikelihoods[^1].Should().BeGreaterThan(fit.LogLikelihoods[0]);
    }

    [Fact]
    public void Products_through_the_rows_are_those_of_the_covariance()
    {
        var rows = torch.randn([6L, 9L], dtype: torch.float64);
        var centred = rows - rows.mean([0L]);
        var covariance = DataMoments.Of(rows).Maximum.Covariance;
        var sample = new SampleCovariance(centred);
        var columns = Mega.Rows.Matrix(torch.randn([9L, 2L], dtype: torch.float64));
        (sample.Times(columns) - covariance * columns).FrobeniusNorm().Should().BeLessThan(1e-12);
        (sample.Diagonal - covariance.Diagonal()).L2Norm().Should().BeLessThan(1e-12);
        var (pairs, expected) = (sample.Leading(3), LeadingEigenpairs.Of(covariance, 3));
        pairs.Values.Should().Equal(expected.Values, (a, b) => Math.Abs(a - b) < 1e-12);
        (covariance * pairs.Vectors).Column(2).Subtract(pairs.Vectors.Column(2) * pairs.Values[2]).L2Norm().Should().BeLessThan(1e-12);
    }

    private static torch.Tensor Rows(long count, long columns = Wide) => torch.randn([count, columns], dtype: torch.float64);
}
