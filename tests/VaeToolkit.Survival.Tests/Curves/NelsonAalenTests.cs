namespace VaeToolkit.Survival.Tests.Curves;

public class NelsonAalenTests
{
    [Fact]
    public void The_hazard_adds_events_over_those_at_risk()
    {
        var fit = NelsonAalen.Fit(Leukaemia.NotMaintained);
        fit.Hazard.At(4).Should().Be(0);
        fit.Hazard.At(8).Should().BeApproximately(2 / 12.0 + 2 / 10.0, 1e-15);
        fit.StandardError(8).Should().BeApproximately(Math.Sqrt(2 / 144.0 + 2 / 100.0), 1e-15);
        fit.Hazard.At(45)
            .Should().BeApproximately(2 / 12.0 + 2 / 10.0 + 1 / 8.0 + 1 / 6.0 + 1 / 5.0 + 1 / 4.0 + 1 / 3.0 + 1 / 2.0 + 1, 1e-14);
        fit.Hazard.At(46).Should().Be(double.NaN);
        fit.StandardError(46).Should().Be(double.NaN);
    }

    [Fact]
    public void Its_survival_curve_is_the_exponential_and_above_the_product_limit()
    {
        var curve = NelsonAalen.Fit(Leukaemia.Maintained).Hazard.ToSurvival();
        var product = KaplanMeier.Fit(Leukaemia.Maintained).Curve;
        foreach (var time in curve.Times)
            curve.At(time).Should().BeGreaterThan(product.At(time));
        NelsonAalen.Fit(Leukaemia.Maintained).Hazard.ToSurvival(2).At(9).Should().BeApproximately(Math.Exp(-2 / 11.0), 1e-15);
        FluentActions.Invoking(() => NelsonAalen.Fit(Leukaemia.Maintained).Hazard.ToSurvival(-1))
            .Should().Throw<ArgumentOutOfRangeException>();
    }
}
