using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Classical;

/// <summary>Values whose squares are too large or too small for float64.</summary>
public sealed class FarValuesTests : IDisposable
{
    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(40)]
    public void Rows_beyond_all_squares_have_density_zero_and_responsibilities(int columns)
    {
        // Correlated and of sizes 1 and 1e6, so that the quick way meets differences of infinities.
        var covariance = Matrix<double>.Build.Dense(columns, columns, (i, j) => (i == j ? 1 : 0.5) * Size(i) * Size(j));
        var means = Matrix<double>.Build.Dense(2, columns, (k, _) => k == 0 ? -3 : 3);
        var mixture = new GaussianMixture([0.5, 0.5], means, [covariance, covariance]);
        double[] sizes = [1e300, -1e300, 1e305, 1.7e308, -1.7e308, 3];
        var rows = new double[sizes.Length, columns];
        for (var i = 0; i < sizes.Length; i++)
        {
            for (var j = 0; j < columns; j++)
                rows[i, j] = sizes[i] * (j % 2 == 1 && i == 2 ? -1 : 1);
        }
        var x = torch.tensor(rows);
        var logProb = mixture.LogProb(x).Values();
        logProb[..^1].Should().OnlyContain(value => double.IsNegativeInfinity(value));
        double.IsFinite(logProb[^1]).Should().BeTrue();
        var shares = mixture.Responsibilities(x).Values();
        shares.Should().OnlyContain(value => value >= 0 && value <= 1);
        Enumerable.Range(0, sizes.Length).Select(i => shares[2 * i] + shares[2 * i + 1])
            .Should().OnlyContain(sum => Math.Abs(sum - 1) < 1e-12);
        shares[^1].Should().BeGreaterThan(0.9);
        static double Size(int column) => column % 2 == 0 ? 1 : 1e6;
    }

    [Theory]
    [InlineData(1e153)]
    [InlineData(1e-153)]
    [InlineData(1)]
    public void Densities_are_those_of_any_unit(double unit)
    {
        // x² is beyond float64 where (x/σ)² is 10⁴; and the square of 1e-3 σ is below it.
        foreach (var form in new[] { CovarianceForm.Full, CovarianceForm.Diagonal })
        {
            var mixture = new GaussianMixture(
                [1], Matrix<double>.Build.Dense(1, 2, 0), [Matrix<double>.Build.DenseOfDiagonalArray([unit * unit, 1])], form);
            var logProb = mixture.LogProb(torch.tensor(new[,] { { 100 * unit, 0 }, { 1e-3 * unit, 0 }, { 2 * unit, 1 } })).Values();
            double[] squares = [1e4, 1e-6, 5];
            for (var i = 0; i < squares.Length; i++)
                logProb[i].Should().BeApproximately(-0.5 * squares[i] - s_logTwoPi - Math.Log(unit), 1e-10);
        }
    }

    [Theory]
    [InlineData(1e140)]
    [InlineData(1e-140)]
    public void Fits_follow_units_as_far_as_their_squares_are_numbers(double unit)
    {
        var data = Data();
        var (plain, scaled) = (GaussianMixture.Fit(data, 2).Model, GaussianMixture.Fit(data * Unit(unit), 2).Model);
        for (var k = 0; k < 2; k++)
        {
            (scaled.Covariances[k][1, 1] / unit / unit).Should().BeApproximately(plain.Covariances[k][1, 1], 1e-6);
            (scaled.Means[k, 1] / unit).Should().BeApproximately(plain.Means[k, 1], 1e-6);
        }
        var noise = ProbabilisticPca.FitEm(data * unit, 1).Model.NoiseVariance / unit / unit;
        noise.Should().BeApproximately(ProbabilisticPca.FitEm(data, 1).Model.NoiseVariance, 1e-6);
    }

    [Theory]
    [InlineData(1e160)]
    [InlineData(1e-160)]
    [InlineData(1e300)]
    [InlineData(1e-305)]
    public void Columns_whose_squares_are_no_numbers_are_refused_by_name_and_not_taken_for_constant(double unit)
    {
        var data = Data() * Unit(unit);
        var message = $"column 1 has a deviation of *E{(unit > 1 ? '+' : '-')}*multiply the column*";
        FluentActions.Invoking(() => GaussianMixture.Fit(data, 1)).Should().Throw<ArgumentException>().WithMessage(message);
        FluentActions.Invoking(() => FactorAnalysis.Fit(data, 1)).Should().Throw<ArgumentException>().WithMessage(message);
        FluentActions.Invoking(() => ProbabilisticPca.Fit(data, 1)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static torch.Tensor Unit(double unit) => torch.tensor(new[] { 1, unit, 1 });

    private static torch.Tensor Data()
    {
        var noise = torch.randn(200, 3, torch.float64);
        return noise + noise.narrow(1, 0, 1) * 0.5 + torch.arange(200, torch.float64).lt(100).to(torch.float64).unsqueeze(1) * 8;
    }
}
