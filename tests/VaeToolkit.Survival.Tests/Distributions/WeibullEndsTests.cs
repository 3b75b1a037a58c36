namespace VaeToolkit.Survival.Tests.Distributions;

public sealed class WeibullEndsTests
{
    // min(y, τ) is τ but for a share of S(τ); for k → 0 S(u) is e^-1 at every u; for k → ∞ y is λ.
    [Theory]
    [InlineData(100, 10, 3, 3)]
    [InlineData(0.7, 5, 1e-6, 1e-6)]
    [InlineData(100, 10, 1e-300, 1e-300)]
    [InlineData(2, 1e6, 1.5, 1.5)]
    [InlineData(2, 1e6, 3, 1.9999988455706484)]
    [InlineData(2, 1e300, 3, 2)]
    [InlineData(2, 1e300, 2, 2)]
    [InlineData(2, 1e-300, 5, 1.8393972058572117)]
    [InlineData(2, 1e-310, 5, 1.8393972058572117)]
    [InlineData(1e300, 20, 1e-300, 1e-300)]
    [InlineData(1e-300, 20, 1e300, 9.735042655627755e-301)]
    [InlineData(5e-324, 2, 1e308, 5e-324)]
    [InlineData(1, 1, double.PositiveInfinity, 1)]
    [InlineData(1, 1, 0, 0)]
    public void The_restricted_mean_is_right_at_its_ends(double scale, double shape, double horizon, double expected)
        => new WeibullDistribution(scale, shape).RestrictedMean(horizon).Should().BeApproximately(expected, 1e-11 * expected);

    [Fact]
    public void The_restricted_mean_of_a_tiny_shape_is_that_of_the_integral()
    {
        // k = 0.004 with λ = 1: ∫₀^τ e^(-u^k) du, by u = τ v and Gauss-Legendre pieces in ln v.
        foreach (var (shape, horizon) in new[] { (0.004, 2.0), (0.004, 1e-200), (0.02, 1e30), (0.5, 1e-4), (8.0, 0.9) })
        {
            var exact = Enumerable.Range(0, 800).Sum(piece => MathNet.Numerics.Integration.GaussLegendreRule.Integrate(
                w => Math.Exp(-Math.Exp(shape * (Math.Log(horizon) + w)) + w), -0.05 * (piece + 1), -0.05 * piece, 16));
            (new WeibullDistribution(1, shape).RestrictedMean(horizon) / horizon).Should().BeApproximately(exact, 1e-11);
        }
    }

    [Fact]
    public void Moments_of_tiny_shapes_come_back_into_range_with_the_scale_or_are_infinite()
    {
        // Γ(201) = 200! = 7.886578673647905e374.
        (new WeibullDistribution(1e-200, 1 / 200.0).Mean / 7.886578673647905e174).Should().BeApproximately(1, 1e-11);
        new WeibullDistribution(1, 1 / 200.0).Mean.Should().Be(double.PositiveInfinity);
        new WeibullDistribution(1, 1e-310).Mean.Should().Be(double.PositiveInfinity);
        new WeibullDistribution(1, 1 / 100.0).Variance.Should().Be(double.PositiveInfinity);
        new WeibullDistribution(1, 1 / 200.0).Variance.Should().Be(double.PositiveInfinity);
        (new WeibullDistribution(1e-250, 1 / 100.0).Variance * 1e200 / 7.886578673647905e74).Should().BeApproximately(1, 1e-10);
    }

    [Theory]
    [InlineData(63.9)]
    [InlineData(64.1)]
    [InlineData(1000)]
    [InlineData(1e6)]
    [InlineData(1e9)]
    [InlineData(1e15)]
    public void The_variance_of_a_large_shape_is_not_lost_in_rounding(double shape)
    {
        // ln y = ln λ − G/k with G of Gumbel's distribution: Var[e^(-G/k)] = π²/6 /k² (1 + c/k + …), c = −2 (γ + 6 ζ(3)/π²)
        // by the series.
        var leading = Math.PI * Math.PI / 6 / (shape * shape);
        var correction = -2 * (0.5772156649015329 + (6 * 1.2020569031595942 / (Math.PI * Math.PI)));
        var variance = new WeibullDistribution(3, shape).Variance / 9;
        (variance / leading).Should().BeApproximately(1 + (correction / shape), 10 / (shape * shape) + 1e-12);
    }

    [Fact]
    public void Far_times_and_far_scales_give_ends_and_never_NaN()
    {
        double[] values = [5e-324, 1e-300, 1e-8, 0.5, 1, 3, 1e8, 1e300, double.MaxValue];
        foreach (var scale in values)
            foreach (var shape in values)
            {
                var weibull = new WeibullDistribution(scale, shape);
                foreach (var time in (double[])[0, .. values, double.PositiveInfinity])
                {
                    double[] all = [weibull.Survival(time), weibull.LogSurvival(time), weibull.CumulativeHazard(time),
                        weibull.LogHazard(time), weibull.Hazard(time), weibull.LogDensity(time), weibull.Density(time),
                        weibull.RestrictedMean(time)];
                    all.Should().NotContain(value => double.IsNaN(value), $"scale {scale}, shape {shape}, time {time}");
                    weibull.RestrictedMean(time).Should().BeInRange(0, time);
                }
                double[] moments = [weibull.Mean, weibull.Variance, weibull.Median, weibull.Quantile(0), weibull.Quantile(1e-300),
                    weibull.Quantile(1 - 1e-16)];
                moments.Should().NotContain(value => double.IsNaN(value), $"scale {scale}, shape {shape}");
                moments.Should().OnlyContain(value => value >= 0);
            }
        new WeibullDistribution(2, 1.5).Density(double.PositiveInfinity).Should().Be(0);
        new WeibullDistribution(1e300, 0.01).CumulativeHazard(1e-300).Should().BeApproximately(Math.Pow(10, -6), 1e-16);
    }

    // χ² tails by erfc and by e^(-x/2): P(χ²₁ > s) = erfc(√(s/2)), P(χ²₂ > s) = e^(-s/2).
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(1, 2e-16, 0.9999999887162083)]
    [InlineData(1, 1e-20, 0.99999999992021154)]
    [InlineData(1, 1400, 2.1010e-306)]
    [InlineData(2, 2e-16, 0.9999999999999999)]
    [InlineData(2, 1380, 2.1717e-300)]
    [InlineData(1, double.PositiveInfinity, 0)]
    public void A_tests_probability_is_right_at_its_ends(int degrees, double statistic, double expected)
        => new TestStatistic(statistic, degrees).PValue.Should().BeApproximately(expected, expected < 1e-200 ? 1e-3 * expected : 1e-15);
}
