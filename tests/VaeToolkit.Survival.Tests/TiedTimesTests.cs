namespace VaeToolkit.Survival.Tests;

/// <summary>Times that are equal but for rounding are one time. The figures are those of R's survival 3 (timefix).</summary>
public sealed class TiedTimesTests
{
    private static readonly double[] s_times = [0.1 + 0.2, 0.3, 0.3, 0.7, 0.8 - 0.1, 1.1, 0.9, 0.6 + 0.3];
    private static readonly bool[] s_events = [true, false, true, true, true, true, false, true];
    private static readonly double[,] s_covariates = { { 1 }, { 2 }, { 0 }, { 3 }, { 1 }, { 0 }, { 2 }, { 4 } };

    [Fact]
    public void Three_tenths_are_one_time_however_they_were_reckoned()
    {
        s_times.Distinct().Should().HaveCount(7);
        var patients = new SurvivalTimes(s_times, s_events);
        patients.DistinctEventTimes().Should().Equal(0.3, 0.7, 0.6 + 0.3, 1.1);
        patients.Times.ToArray().Should().Equal(s_times, (tied, given) => Math.Abs(tied - given) < 1e-15);
        new SurvivalTimes(s_times, s_events, tieTolerance: 0).Times.ToArray().Should().Equal(s_times);
        SurvivalTimes.FromIndicators([0.1 + 0.2, 0.3], [1, 0]).DistinctEventTimes().Should().Equal(0.3);
    }

    [Fact]
    public void Curves_have_one_step_at_tied_times()
    {
        var curve = KaplanMeier.Fit(new(s_times, s_events));
        curve.AtRisk.Should().Equal(8, 5, 3, 1);
        curve.EventCounts.Should().Equal(2, 2, 1, 1);
        curve.Curve.Values.Should().Equal([0.75, 0.45, 0.3, 0], (a, b) => Math.Abs(a - b) < 1e-15);
        curve.StandardError(0.75).Should().BeApproximately(0.188248505970, 1e-12);
        KaplanMeier.Fit(new(s_times, s_events, tieTolerance: 0)).Curve.Values
            .Should().Equal([7 / 8.0, 0.729166666667, 0.583333333333, 0.4375, 0.291666666667, 0], (a, b) => Math.Abs(a - b) < 1e-11);
    }

    [Theory]
    [InlineData(CoxTies.Efron, SurvivalTimes.DefaultTieTolerance, -0.0396583884572, -8.1115621491651)]
    [InlineData(CoxTies.Breslow, SurvivalTimes.DefaultTieTolerance, -0.0247256042078, -8.4732831242949)]
    [InlineData(CoxTies.Efron, 0, -0.0201058874506, -7.9634534481103)]
    public void Cox_regression_sees_tied_events(CoxTies ties, double tolerance, double coefficient, double logLikelihood)
    {
        var model = CoxModel.Fit(new(s_times, s_events, tolerance), s_covariates, new() { Ties = ties });
        model.Coefficients[0].Should().BeApproximately(coefficient, 1e-9);
        model.LogLikelihood.Should().BeApproximately(logLikelihood, 1e-11);
    }

    [Fact]
    public void Concordance_compares_no_tied_times()
    {
        var index = Concordance.Harrell(new(s_times, s_events), [.. s_covariates.Cast<double>()]);
        (index.Concordant, index.Discordant, index.TiedRisk).Should().Be((6, 12, 2));
    }

    [Theory]
    [InlineData(1e-12)]
    [InlineData(1e12)]
    [InlineData(1e300)]
    public void The_unit_of_time_does_not_matter(double unit)
    {
        var patients = new SurvivalTimes([.. s_times.Select(time => time * unit)], s_events);
        patients.DistinctEventTimes().Should().HaveCount(4);
        KaplanMeier.Fit(patients).EventCounts.Should().Equal(2, 2, 1, 1);
    }

    [Fact]
    public void What_differs_by_more_is_kept_and_a_chain_of_close_times_becomes_its_first()
    {
        var close = 2 * SurvivalTimes.DefaultTieTolerance;
        bool[] events = [true, true, true];
        new SurvivalTimes([1, 1 + close, 1 + (2 * close)], events).DistinctEventTimes().Should().HaveCount(3);
        new SurvivalTimes([1 + (close / 2), 1, 1 + (close / 4)], events).Times.ToArray().Should().OnlyContain(time => time == 1);
        // A part of patients is taken as it is: ties were found in the whole.
        new SurvivalTimes([1, 1 + close, 1e-9], events).Select([0, 1]).DistinctEventTimes().Should().HaveCount(2);
    }

    [Fact]
    public void Tables_tie_times_too_and_a_tolerance_out_of_range_is_refused()
    {
        var table = new PatientTable(["t", "e"], [["0.30000000000000004", "1"], ["0.3", "1"]]);
        table.Response("t", "e").DistinctEventTimes().Should().Equal(0.3);
        table.Response("t", "e", tieTolerance: 0).DistinctEventTimes().Should().HaveCount(2);
        foreach (var bad in new[] { -1, double.NaN, double.PositiveInfinity })
            FluentActions.Invoking(() => new SurvivalTimes([1], [true], bad))
                .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("tieTolerance");
    }
}
