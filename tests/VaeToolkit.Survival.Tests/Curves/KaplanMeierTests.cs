namespace VaeToolkit.Survival.Tests.Curves;

public class KaplanMeierTests
{
    [Fact]
    public void The_maintained_remissions_have_the_published_table()
    {
        var fit = KaplanMeier.Fit(Leukaemia.Maintained);
        fit.Curve.Times.Should().Equal(9, 13, 18, 23, 31, 34, 48);
        fit.AtRisk.Should().Equal(11, 10, 8, 7, 5, 4, 2);
        double[] survival = [0.9091, 0.8182, 0.7159, 0.6136, 0.4909, 0.3682, 0.1841];
        double[] errors = [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535];
        for (var i = 0; i < survival.Length; i++)
        {
            fit.Curve.Values[i].Should().BeApproximately(survival[i], 5e-5);
            fit.StandardError(fit.Curve.Times[i]).Should().BeApproximately(errors[i], 5e-5);
        }
        fit.Curve.Values[4].Should().BeApproximately(10 / 11.0 * 9 / 10 * 7 / 8 * 6 / 7 * 4 / 5, 1e-15);
        fit.Curve.Median.Should().Be(31);
        KaplanMeier.Fit(Leukaemia.NotMaintained).Curve.Median.Should().Be(23);
    }

    [Fact]
    public void The_curve_is_right_continuous_has_left_limits_and_is_unknown_beyond_follow_up()
    {
        var curve = KaplanMeier.Fit(Leukaemia.Maintained).Curve;
        curve.At(8.99).Should().Be(1);
        curve.At(9).Should().BeApproximately(10 / 11.0, 1e-15);
        curve.Before(9).Should().Be(1);
        curve.Before(13).Should().Be(curve.At(9));
        curve.At(161).Should().Be(curve.At(48));
        curve.At(161.01).Should().Be(double.NaN);
        curve.RestrictedMean(162).Should().Be(double.NaN);
        KaplanMeier.Fit(Leukaemia.NotMaintained).Curve.At(1000).Should().Be(0, "the curve has reached 0");
    }

    [Fact]
    public void A_median_that_is_exactly_one_half_counts_and_one_that_is_never_reached_is_NaN()
    {
        KaplanMeier.Fit(new([1, 2, 3, 4, 5, 6], [true, true, true, true, true, true])).Curve.Median.Should().Be(3);
        KaplanMeier.Fit(new([1, 2, 3], [true, false, false])).Curve.Median.Should().Be(double.NaN);
        KaplanMeier.Fit(new([1, 2, 3], [false, false, false])).Curve.At(3).Should().Be(1);
    }

    [Fact]
    public void The_restricted_mean_is_the_area_and_equals_the_mean_without_censoring()
    {
        var fit = KaplanMeier.Fit(new([1, 2, 4, 7], [true, true, true, true]));
        fit.Curve.RestrictedMean(7).Should().BeApproximately(3.5, 1e-15);
        fit.Curve.RestrictedMean(3).Should().BeApproximately((1 + 2 + 3 + 3) / 4.0, 1e-15);
        // Without censoring Greenwood's form is the variance of min(T, τ), divisor n.
        fit.RestrictedMeanStandardError(3).Should().BeApproximately(Math.Sqrt((1.25 * 1.25 + 0.0625 + 2 * 0.5625) / 4 / 4), 1e-14);
        fit.Curve.RestrictedMean(0).Should().Be(0);
    }

    [Theory]
    [InlineData(1e200)]
    [InlineData(1e-200)]
    public void The_restricted_means_error_has_the_unit_of_time(double unit)
    {
        var fit = KaplanMeier.Fit(new([unit, 2 * unit, 4 * unit, 7 * unit], [true, true, true, true]));
        (fit.RestrictedMeanStandardError(3 * unit) / unit)
            .Should().BeApproximately(Math.Sqrt((1.25 * 1.25 + 0.0625 + 2 * 0.5625) / 4 / 4), 1e-14);
        (fit.RestrictedMeanStandardError(double.MaxValue) / unit)
            .Should().BeApproximately(fit.RestrictedMeanStandardError(7 * unit) / unit, 1e-14, "nobody lives longer");
    }

    [Fact]
    public void A_confidence_interval_holds_the_estimate_and_stays_within_0_and_1()
    {
        var fit = KaplanMeier.Fit(Leukaemia.Maintained);
        var (lower, upper) = fit.ConfidenceInterval(31);
        // log(-log S) ± z √G / |log S|, by hand from the table.
        var width = 1.959963984540054 * 0.1642 / 0.4909 / Math.Abs(Math.Log(0.4909));
        lower.Should().BeApproximately(Math.Pow(0.4909, Math.Exp(width)), 1e-3);
        upper.Should().BeApproximately(Math.Pow(0.4909, Math.Exp(-width)), 1e-3);
        fit.ConfidenceInterval(5).Should().Be((1, 1));
        FluentActions.Invoking(() => fit.ConfidenceInterval(31, 1))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("level");
    }

    [Fact]
    public void The_rules_for_ties_of_the_censoring_curve_differ_at_tied_times_only()
    {
        var patients = SurvivalTimes.FromIndicators([1, 2, 2, 3], [1, 1, 0, 0]);
        // At time 2 one of three has the event and one is censored: of two left, or of all three.
        KaplanMeier.FitCensoring(patients).Curve.At(2).Should().BeApproximately(1 / 2.0, 1e-15);
        KaplanMeier.FitCensoring(patients, CensoringTies.SwappedLabels).Curve.At(2).Should().BeApproximately(2 / 3.0, 1e-15);
        var untied = SurvivalTimes.FromIndicators([1, 2, 3, 4], [1, 0, 1, 0]);
        KaplanMeier.FitCensoring(untied).Curve.Values
            .Should().Equal(KaplanMeier.FitCensoring(untied, CensoringTies.SwappedLabels).Curve.Values);
    }

    [Fact]
    public void Bad_questions_are_refused()
    {
        var fit = KaplanMeier.Fit(Leukaemia.Maintained);
        FluentActions.Invoking(() => fit.Curve.At(-1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => fit.Curve.At(double.NaN)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => fit.Curve.Quantile(1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => KaplanMeier.FitCensoring(Leukaemia.Maintained, (CensoringTies)7))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new SurvivalCurve([1, 2], [0.5, 0.6], 3))
            .Should().Throw<ArgumentException>().WithMessage("Value 1 is 0.6*");
        FluentActions.Invoking(() => new SurvivalCurve([2, 2], [0.5, 0.4], 3))
            .Should().Throw<ArgumentException>().WithMessage("Time 1 is 2*");
        FluentActions.Invoking(() => new SurvivalCurve([1, 2], [0.5, 0.4], 1)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
