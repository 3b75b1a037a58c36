using MathNet.Numerics.Distributions;
using MathNet.Numerics.Integration;

namespace VaeToolkit.Survival.Tests.Distributions;

public sealed class WeibullDistributionTests
{
    // Scale, shape, y, τ; then ln f(y), ln S(y), mean, variance, median, RMST(τ),
    // computed in Python from math.gamma and the series of the incomplete gamma function.
    public static TheoryData<double[]> Table => new(
        [1.0, 1.0, 0.7, 2.0, -0.7, -0.7, 1.0, 1.0, 0.6931471805599453, 0.8646647167633872],
        [2.5, 0.7, 1.3, 4.0, -1.7094943002953045, -0.6327065647044162, 3.1645587651432083, 21.4177222103322,
            1.4809752823803344, 1.8941618026795244],
        [3.2, 1.8, 2.1, 5.0, -1.380851286718502, -0.4685163697538973, 2.8457175438470816, 2.6762529625677796,
            2.610475844437829, 2.7298661718970125],
        [417.758665, 1.31684, 310.0, 365.25, -6.5293190040993725, -0.6751266340192613, 384.852870126684, 86993.25717873086,
            316.2636832967044, 262.2577605475589]);

    [Theory]
    [MemberData(nameof(Table))]
    public void Every_function_agrees_with_the_table(double[] row)
    {
        var weibull = new WeibullDistribution(row[0], row[1]);
        var (y, horizon) = (row[2], row[3]);
        double[] computed = [weibull.LogDensity(y), weibull.LogSurvival(y), weibull.Mean, weibull.Variance, weibull.Median,
            weibull.RestrictedMean(horizon)];
        for (var i = 0; i < computed.Length; i++)
            (computed[i] / row[4 + i]).Should().BeApproximately(1, 1e-12, $"figure {i}");
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Hazard_is_density_over_survival_and_the_density_integrates_to_one_minus_survival(double[] row)
    {
        var weibull = new WeibullDistribution(row[0], row[1]);
        var y = row[2];
        weibull.Hazard(y).Should().BeApproximately(weibull.Density(y) / weibull.Survival(y), 1e-12 * weibull.Hazard(y));
        weibull.LogHazard(y).Should().BeApproximately(weibull.LogDensity(y) - weibull.LogSurvival(y), 1e-12);
        // In ln y the density has no pole at 0, whatever the shape.
        var below = GaussLegendreRule.Integrate(u => Math.Exp(u) * weibull.Density(Math.Exp(u)), Math.Log(y) - 60, Math.Log(y) - 6, 128)
            + GaussLegendreRule.Integrate(u => Math.Exp(u) * weibull.Density(Math.Exp(u)), Math.Log(y) - 6, Math.Log(y), 128);
        (below + weibull.Survival(y)).Should().BeApproximately(1, 1e-10);
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Moments_and_quantiles_are_those_of_MathNet(double[] row)
    {
        var (ours, theirs) = (new WeibullDistribution(row[0], row[1]), new Weibull(row[1], row[0]));
        ours.Mean.Should().BeApproximately(theirs.Mean, 1e-9 * theirs.Mean);
        ours.Variance.Should().BeApproximately(theirs.Variance, 1e-9 * theirs.Variance);
        ours.Quantile(0.9).Should().BeApproximately(theirs.Scale * Math.Pow(Math.Log(10), 1 / theirs.Shape), 1e-9 * theirs.Scale);
        ours.Survival(ours.Quantile(0.3)).Should().BeApproximately(0.7, 1e-13);
    }

    [Fact]
    public void Restricted_mean_is_the_integral_of_survival_and_tends_to_the_mean()
    {
        var weibull = new WeibullDistribution(2, 1.5);
        weibull.RestrictedMean(3).Should().BeApproximately(GaussLegendreRule.Integrate(weibull.Survival, 0, 3, 128), 1e-9);
        weibull.RestrictedMean(0).Should().Be(0);
        weibull.RestrictedMean(1e300).Should().Be(weibull.Mean);
    }

    [Theory]
    [InlineData(0.5, double.PositiveInfinity)]
    [InlineData(1, 0.5)]
    [InlineData(2, 0)]
    public void At_time_zero_the_density_is_infinite_finite_or_zero_by_shape(double shape, double density)
        => new WeibullDistribution(2, shape).Density(0).Should().Be(density);

    [Fact]
    public void Parameters_and_arguments_out_of_range_are_refused()
    {
        FluentActions.Invoking(() => new WeibullDistribution(0, 1))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("scale");
        FluentActions.Invoking(() => new WeibullDistribution(1, double.NaN))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("shape");
        FluentActions.Invoking(() => new WeibullDistribution(1, 1).Survival(-1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new WeibullDistribution(1, 1).Quantile(1)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
