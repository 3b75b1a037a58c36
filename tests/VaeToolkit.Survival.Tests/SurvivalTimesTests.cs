namespace VaeToolkit.Survival.Tests;

public class SurvivalTimesTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_time_that_is_not_positive_and_finite_is_refused_with_its_row(double time)
    {
        var act = () => new SurvivalTimes([1, time], [true, false]);
        act.Should().Throw<ArgumentException>().WithParameterName("times").WithMessage("Time 1 is *positive and finite*");
    }

    [Theory]
    [InlineData(2.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    public void An_indicator_other_than_0_and_1_is_refused_with_its_row(double indicator)
    {
        var act = () => SurvivalTimes.FromIndicators([1, 2, 3], [0, 1, indicator]);
        act.Should().Throw<ArgumentException>().WithParameterName("indicators").WithMessage("Indicator 2 is *");
    }

    [Fact]
    public void Sizes_that_differ_and_no_patients_are_refused()
    {
        FluentActions.Invoking(() => new SurvivalTimes([1, 2], [true]))
            .Should().Throw<ArgumentException>().WithMessage("*1 events for 2 times*");
        FluentActions.Invoking(() => new SurvivalTimes([], [])).Should().Throw<ArgumentException>().WithMessage("*at least one patient*");
        FluentActions.Invoking(() => new SurvivalTimes([1], [true]).Select([1]))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*0 to 0*");
    }

    [Fact]
    public void Rows_are_selected_in_order_and_later_changes_of_the_source_are_not_seen()
    {
        double[] times = [3, 1, 2];
        var patients = new SurvivalTimes(times, [true, false, true]);
        times[0] = 9;
        var some = patients.Select([2, 0, 0]);
        some.Times.ToArray().Should().Equal(2, 3, 3);
        some.EventCount.Should().Be(3);
        some.DistinctEventTimes().Should().Equal(2, 3);
    }
}
