using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.VisualFields.Tests.Rates;

public sealed class LinearRateTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(2019, false)]
    [InlineData(0, true)]
    [InlineData(-3, true)]
    public void Slopes_errors_t_p_and_predictions_are_those_of_ordinary_least_squares(double start, bool weighted)
    {
        var random = SplitMix64.For(5, weighted ? 1 : 0);
        for (var n = 3; n < 12; n++)
        {
            var years = Enumerable.Range(0, n).Select(_ => start + random.Uniform(0, 5)).ToArray();
            var values = Enumerable.Range(0, n).Select(_ => random.Normal(2) + 25).ToArray();
            var weights = weighted ? Enumerable.Range(0, n).Select(_ => random.Uniform(0.2, 3)).ToArray() : null;
            Compare(LinearRate.Fit(years, values, weights), years, values, weights);
        }
    }

    [Fact]
    public void A_constant_series_has_slope_0_and_stays()
    {
        var rate = LinearRate.Fit([2019.3, 2019.9, 2020.8], [17.3, 17.3, 17.3]);
        (rate.Slope, rate.SlopeError, rate.T, rate.PValue).Should().Be((0, 0, 0, 1));
        rate.At(2031).Should().Be(17.3);
    }

    [Fact]
    public void What_differs_by_rounding_alone_is_constant()
    {
        double[] values = [0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2, 0.1 + 0.2];
        var rate = LinearRate.Fit([0, 1, 2, 3, 4], values);
        (rate.Slope, rate.SlopeError, rate.T, rate.PValue).Should().Be((0, 0, 0, 1));
        FluentActions.Invoking(() => LinearRate.Fit([0.3, 0.1 + 0.2], [25, 26])).Should().Throw<ArgumentException>()
            .WithMessage("*two different times*");
    }

    [Fact]
    public void Two_values_give_a_rate_and_no_errors()
    {
        var rate = LinearRate.Fit([1, 3], [10, 4]);
        (rate.Slope, rate.Intercept, rate.At(4)).Should().Be((-3, 13, 1));
        (rate.DegreesOfFreedom, rate.SlopeError, rate.T, rate.PValue, rate.PredictionError(5)).Should().Be((0, null, null, null, null));
    }

    [Fact]
    public void A_perfect_slope_is_certain()
    {
        var rate = LinearRate.Fit([0, 1, 2], [4, 2, 0]);
        (rate.Slope, rate.T, rate.PValue).Should().Be((-2, double.NegativeInfinity, 0));
    }

    [Fact]
    public void Missing_values_are_left_out_with_their_times()
    {
        var whole = LinearRate.Fit([0, 1, 3], [5, 4, 7]);
        LinearRate.Fit([0, 1, 2, 3], [5, 4, double.NaN, 7]).Should().Be(whole);
    }

    [Fact]
    public void Repeated_times_alone_or_too_few_values_are_refused()
    {
        Fitting([1, 1, 1], [1, 2, 3]).Should().Throw<ArgumentException>().WithMessage("*year 1*two different times*");
        Fitting([1], [1]).Should().Throw<ArgumentException>().WithMessage("*needs two*");
        Fitting([1, 2], [1, double.NaN]).Should().Throw<ArgumentException>().WithMessage("*1 of 2 values*");
        Fitting([1, 2], [1, 2, 3]).Should().Throw<ArgumentException>().WithMessage("*2 times, 3 values*");
        Fitting([1, double.NaN], [1, 2]).Should().Throw<ArgumentException>().WithMessage("*NaN*finite*");
        Fitting([1, 2], [1, double.PositiveInfinity]).Should().Throw<ArgumentException>().WithMessage("*infinite*");
        Fitting([1, 2], [1, 2], [1, 0]).Should().Throw<ArgumentException>().WithMessage("*positive*");
    }

    private static Action Fitting(double[] years, double[] values, double[]? weights = null) => ()
        => LinearRate.Fit(years, values, weights);

    private static void Compare(LinearRate rate, double[] years, double[] values, double[]? weights)
    {
        var n = years.Length;
        // Years since 2000 keep the normal equations of the oracle sharp.
        var shift = years[0];
        var design = Matrix<double>.Build.Dense(n, 2, (i, j) => j == 0 ? 1 : years[i] - shift);
        var weight = Matrix<double>.Build.DenseDiagonal(n, n, i => weights?[i] ?? 1);
        var y = Vector<double>.Build.Dense(values);
        var inverse = (design.Transpose() * weight * design).Inverse();
        var beta = inverse * design.Transpose() * weight * y;
        var left = y - design * beta;
        var variance = left * (weight * left) / (n - 2);
        var error = Math.Sqrt(variance * inverse[1, 1]);
        var next = Vector<double>.Build.Dense([1, 6.5]);
        rate.Slope.Should().BeApproximately(beta[1], 1e-10);
        rate.At(shift).Should().BeApproximately(beta[0], 1e-10);
        rate.SlopeError.Should().BeApproximately(error, 1e-10);
        rate.T.Should().BeApproximately(beta[1] / error, 1e-10 * Math.Max(1, Math.Abs(beta[1] / error)));
        rate.PValue.Should().BeApproximately(2 * (1 - StudentT.CDF(0, 1, n - 2, Math.Abs(beta[1] / error))), 1e-10);
        rate.At(shift + 6.5).Should().BeApproximately(next * beta, 1e-10);
        rate.PredictionError(shift + 6.5).Should().BeApproximately(Math.Sqrt(variance * (1 + next * (inverse * next))), 1e-10);
    }

    [Theory]
    [InlineData(1e-200, 1)]
    [InlineData(1e-160, 1)]
    [InlineData(1e160, 1)]
    [InlineData(1e200, 1)]
    [InlineData(1e-200, 1e-100)]
    [InlineData(1e200, 1e100)]
    public void The_unit_of_time_does_not_matter_however_small_or_large(double unit, double valueUnit)
    {
        double[] values = [1, 2.1, 3, 4.1];
        var rate = LinearRate.Fit([0, 1, 2, 3], values);
        var inUnits = LinearRate.Fit([0, unit, 2 * unit, 3 * unit], [.. values.Select(value => value * valueUnit)]);
        (inUnits.Slope * unit / valueUnit).Should().BeApproximately(1.02, 1e-12);
        (inUnits.SlopeError!.Value * unit / valueUnit).Should().BeApproximately(rate.SlopeError!.Value, 1e-12);
        inUnits.T!.Value.Should().BeApproximately(rate.T!.Value, 1e-9 * rate.T.Value);
        inUnits.PValue!.Value.Should().BeApproximately(rate.PValue!.Value, 1e-9);
        (inUnits.At(4 * unit) / valueUnit).Should().BeApproximately(rate.At(4), 1e-9);
        (inUnits.PredictionError(4 * unit)!.Value / valueUnit).Should().BeApproximately(rate.PredictionError(4)!.Value, 1e-9);
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1e-9)]
    [InlineData(1e200)]
    public void Errors_have_the_unit_of_the_values_however_small_or_large(double unit)
    {
        double[] values = [0, 1, 2, 3.1];
        var (rate, inUnits) = (LinearRate.Fit([0, 1, 2, 3], values), LinearRate.Fit([0, 1, 2, 3], [.. values.Select(v => v * unit)]));
        (inUnits.Slope / unit).Should().BeApproximately(1.03, 1e-12);
        // Residuals .02, -.01, -.04 and .03 leave .003 / 2, over Σ (t − 1.5)² = 5.
        (inUnits.SlopeError!.Value / unit).Should().BeApproximately(Math.Sqrt(0.003 / 2 / 5), 1e-9);
        (inUnits.PredictionError(4)!.Value / unit).Should().BeApproximately(rate.PredictionError(4)!.Value, 1e-9);
        inUnits.PValue.Should().BeApproximately(rate.PValue!.Value, 1e-9);
    }

    [Fact]
    public void The_p_value_of_a_slope_near_0_has_its_digits()
    {
        // Residuals 1, −2, 1 and slope d: t = d / √3 with one degree of freedom, p = 1 − 2 atan(t) / π.
        var d = Math.ScaleB(1, -26);
        var rate = LinearRate.Fit([-1, 0, 1], [1 - d, -2, 1 + d]);
        rate.PValue.Should().BeApproximately(1 - 2 / Math.PI * Math.Atan(d / Math.Sqrt(3)), 1e-12);
    }

    // With sin θ = t / √(ν + t²), P(|T| < t) is, for even ν, sin θ Σ c_k cos²ᵏ θ over k < ν / 2, c_k = (2k − 1)!! / (2k)!!,
    // and for odd ν 2 / π (θ + sin θ Σ c_k cos²ᵏ⁺¹ θ) over k < (ν − 1) / 2, c_k = (2k)!! / (2k + 1)!! (Abramowitz and
    // Stegun, 26.7.3 and 26.7.4). Over all k it is 1, so that the rest of the sum is the p-value: positive numbers, of which none cancels.
    [Theory]
    [InlineData(200, 12)]
    [InlineData(100, 9.9)]
    [InlineData(80, 8.5)]
    [InlineData(81, 8.5)]
    [InlineData(1001, 25)]
    [InlineData(12, 3.4)]
    [InlineData(7, 2)]
    [InlineData(6, 1.01)]
    [InlineData(6, 0.99)]
    public void Small_p_values_have_all_their_digits(int freedom, double t)
    {
        var squaredCosine = freedom / (freedom + t * t);
        var (isOdd, sum) = (freedom % 2 == 1, 0.0);
        var term = Math.Sqrt(1 - squaredCosine) * (isOdd ? 2 / Math.PI * Math.Sqrt(squaredCosine) : 1);
        for (var k = 1; term > 1e-20 * sum; k++)
        {
            sum += k > freedom / 2 ? term : 0;
            term *= squaredCosine * (isOdd ? 2.0 * k / (2 * k + 1) : (2.0 * k - 1) / (2 * k));
        }
        WithT(freedom, t).PValue!.Value.Should().BeApproximately(sum, 1e-10 * sum);
    }

    // The finite sum for even degrees of freedom, in whole fractions and sixty decimal digits.
    [Theory]
    [InlineData(200, 12, 2.4221360052466314e-25)]
    [InlineData(100, 9.9, 1.6404526765584885e-16)]
    [InlineData(80, 8.5, 8.4434870165437501e-13)]
    [InlineData(12, 3.4, 0.0052697112721094594)]
    public void They_are_those_of_sixty_digits(int freedom, double t, double expected)
        => WithT(freedom, t).PValue!.Value.Should().BeApproximately(expected, 1e-10 * expected);

    // As many values at year −1 as at 1, the residuals 1 and −1 by turns, and what is left over on the line.
    private static LinearRate WithT(int freedom, double t)
    {
        var each = (freedom + 2) / 2;
        var slope = t * Math.Sqrt(each / 2 * 4.0 / freedom / (2 * each));
        double[] side = [.. Enumerable.Range(0, each).Select(i => i == each - 1 && each % 2 == 1 ? 0.0 : i % 2 == 0 ? 1 : -1)];
        double[] years = [.. side.Select(_ => -1.0), .. side.Select(_ => 1.0), .. freedom % 2 == 1 ? [0.0] : Array.Empty<double>()];
        double[] values = [.. years.Select((year, i) => slope * year + (year == 0 ? 0 : side[i % each]))];
        var rate = LinearRate.Fit(years, values);
        rate.DegreesOfFreedom.Should().Be(freedom);
        rate.T!.Value.Should().BeApproximately(t, 1e-12 * t);
        return rate;
    }
}
