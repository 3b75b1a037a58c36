namespace VaeToolkit.Survival.Tests.Scores;

public class BrierScoreTests
{
    // Event at 1, both at 2, censored at 3, event at 4. Reverse: G = 1, then 2/3 from 2 (one of three left), then 1/3 from 3 (one of two).
    private static readonly SurvivalTimes s_patients = SurvivalTimes.FromIndicators([1, 2, 2, 3, 4], [1, 1, 0, 0, 1]);
    private static readonly double[] s_predicted = [0.1, 0.4, 0.5, 0.6, 0.9];

    [Fact]
    public void Predictions_of_one_half_earn_a_quarter_without_censoring()
    {
        var patients = new SurvivalTimes([1, 2, 3, 4], [true, true, true, true]);
        double[] half = [0.5, 0.5, 0.5, 0.5];
        foreach (var time in new double[] { 0, 1, 2.5, 4 })
            BrierScore.Plain(patients, half, time).Should().BeApproximately(0.25, 1e-15);
    }

    [Fact]
    public void Without_censoring_all_conventions_equal_the_plain_score()
    {
        var patients = new SurvivalTimes([1, 2, 2, 3, 4], [true, true, true, true, true]);
        var censoring = KaplanMeier.FitCensoring(patients).Curve;
        foreach (var convention in Enum.GetValues<IpcwConvention>())
            foreach (var time in new double[] { 0, 1, 2, 3.5 })
                BrierScore.Ipcw(patients, s_predicted, time, censoring, convention)
                    .Should().BeApproximately(BrierScore.Plain(patients, s_predicted, time), 1e-15);
    }

    [Fact]
    public void The_conventions_agree_with_hand_worked_sums()
    {
        var censoring = KaplanMeier.FitCensoring(s_patients).Curve;
        // At t = 2.5: events at 1 (G = 1) and 2 (G(2-) = 1, G(2) = 2/3); alive are those at 3 and 4, with G(2.5) = 2/3.
        const double alive = 1.5 * (0.4 * 0.4 + 0.1 * 0.1);
        BrierScore.Ipcw(s_patients, s_predicted, 2.5, censoring).Should().BeApproximately((0.01 + 0.16 + alive) / 5, 1e-12);
        BrierScore.Ipcw(s_patients, s_predicted, 2.5, censoring, IpcwConvention.RightContinuous)
            .Should().BeApproximately((0.01 + 1.5 * 0.16 + alive) / 5, 1e-12);
        BrierScore.Ipcw(s_patients, s_predicted, 2.5, censoring, IpcwConvention.Normalised)
            .Should().BeApproximately((0.01 + 0.16 + alive) / (1 + 1 + 1.5 + 1.5), 1e-12);
        BrierScore.Plain(s_patients, s_predicted, 2.5).Should().BeApproximately((0.01 + 0.16 + 0.16 + 0.01) / 4, 1e-12);
    }

    [Fact]
    public void The_swapped_rule_for_ties_changes_the_weights()
    {
        // Now one of four leaves at 2: G(2.5) = 3/4.
        var censoring = KaplanMeier.FitCensoring(s_patients, CensoringTies.SwappedLabels).Curve;
        BrierScore.Ipcw(s_patients, s_predicted, 2.5, censoring).Should().BeApproximately((0.01 + 0.16 + (0.16 + 0.01) / 0.75) / 5, 1e-12);
    }

    [Fact]
    public void The_weighted_score_is_unbiased_where_the_plain_one_is_not()
    {
        // T exponential with rate 1, C uniform on (0, 2): at t = 1 the prediction e^-1 for all has expected score e^-1 (1 - e^-1).
        var random = new Random(5);
        var (times, events) = (new double[100_000], new bool[100_000]);
        for (var i = 0; i < times.Length; i++)
        {
            var (failure, censored) = (-Math.Log(1 - random.NextDouble()), 2 * random.NextDouble() + 1e-9);
            (times[i], events[i]) = (Math.Min(failure, censored), failure <= censored);
        }
        var patients = new SurvivalTimes(times, events);
        var predicted = Enumerable.Repeat(Math.Exp(-1), times.Length).ToArray();
        var truth = Math.Exp(-1) * (1 - Math.Exp(-1));
        // The standard error is about 0.0005: 4 of them.
        BrierScore.Ipcw(patients, predicted, 1, KaplanMeier.FitCensoring(patients).Curve).Should().BeApproximately(truth, 0.002);
        // Events are over-represented among the known, and here they cost less than survivors.
        BrierScore.Plain(patients, predicted, 1).Should().BeLessThan(truth - 0.01);
    }

    [Fact]
    public void The_integral_is_the_trapezoid_over_the_grid()
    {
        var patients = new SurvivalTimes([1, 2, 3, 4], [true, true, true, true]);
        var survival = new[,] { { 0.5, 0.2, 0.1 }, { 0.5, 0.5, 0.5 }, { 0.5, 0.5, 0.5 }, { 0.5, 0.5, 0.5 } };
        var curve = BrierScore.Curve(patients, survival, [0.5, 1.5, 3.5], patients);
        double[] scores = [0.25, (0.04 + 0.75) / 4, (0.01 + 0.75) / 4];
        curve.Scores.Should().Equal(scores, (left, right) => Math.Abs(left - right) < 1e-15);
        curve.Integrated.Should().BeApproximately(((scores[0] + scores[1]) / 2 + (scores[1] + scores[2])) / 3, 1e-15);
        curve.IntegratedUntil.Should().Be(3.5);
    }

    [Fact]
    public void Times_beyond_follow_up_or_with_little_left_of_G_are_NaN_and_flagged()
    {
        var survival = new double[5, 4];
        var curve = BrierScore.Curve(s_patients, survival, [1, 2.5, 3.5, 4.5], s_patients, new() { SmallestCensoring = 0.4 });
        curve.Scored.Should().Equal(true, true, false, false);
        curve.Scores[3].Should().Be(double.NaN);
        curve.IntegratedUntil.Should().Be(2.5);
        var shortTraining = new SurvivalTimes([1, 2], [true, false]);
        BrierScore.Curve(s_patients, survival, [1, 1.5, 2.5, 3], shortTraining).Scored.Should().Equal(true, true, false, false);
        survival[2, 1] = double.NaN;
        BrierScore.Curve(s_patients, survival, [1, 2, 2.5, 3], s_patients).Scored.Should().Equal(true, false, true, true);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        var censoring = KaplanMeier.FitCensoring(s_patients).Curve;
        FluentActions.Invoking(() => BrierScore.Plain(s_patients, [0.5], 1))
            .Should().Throw<ArgumentException>().WithMessage("*1 predictions for 5*");
        FluentActions.Invoking(() => BrierScore.Plain(s_patients, [0, 0, 1.1, 0, 0], 1))
            .Should().Throw<ArgumentException>().WithMessage("*patient 2 is 1.1*");
        FluentActions.Invoking(() => BrierScore.Ipcw(s_patients, s_predicted, -1, censoring)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => BrierScore.Ipcw(s_patients, s_predicted, 1, censoring, (IpcwConvention)9))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => BrierScore.Curve(s_patients, new double[5, 1], [1, 2], s_patients))
            .Should().Throw<ArgumentException>().WithMessage("*[5, 1]*[5, 2]*");
        FluentActions.Invoking(() => BrierScore.Curve(s_patients, new double[5, 2], [2, 2], s_patients))
            .Should().Throw<ArgumentException>().WithMessage("*must increase*");
        FluentActions.Invoking(() => BrierScore.Curve(s_patients, new double[5, 1], [1], s_patients, new() { SmallestCensoring = 1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
    }
}
