namespace VaeToolkit.Survival.Tests.Simulation;

public sealed class SimulatedTrialTests
{
    private static readonly SimulatedTrial s_trial = SimulatedTrial.Draw(20_000, seed: 1);

    [Fact]
    public void A_trial_is_a_function_of_its_seed_and_larger_ones_begin_like_smaller_ones()
    {
        var (small, again, other) = (SimulatedTrial.Draw(50, 7), SimulatedTrial.Draw(80, 7), SimulatedTrial.Draw(50, 8));
        small.Response.Times.ToArray().Should().Equal(again.Response.Times[..50].ToArray());
        small.Response.Times.ToArray().Should().NotEqual(other.Response.Times.ToArray());
        FluentActions.Invoking(() => SimulatedTrial.Draw(0, 1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void About_two_patients_in_five_are_censored()
        => (1 - s_trial.Response.EventCount / 20_000.0).Should().BeApproximately(0.41, 0.015);

    [Fact]
    public void The_table_holds_what_the_response_says_and_a_schema_reads_it()
    {
        var trial = SimulatedTrial.Draw(200, 3);
        var read = trial.Table.Response("time", "event");
        read.Times.ToArray().Should().Equal(trial.Response.Times.ToArray());
        read.Events.ToArray().Should().Equal(trial.Response.Events.ToArray());
        var encoded = CovariateSchema.Fit(trial.Table, SimulatedTrial.Covariates).Encode(trial.Table);
        (encoded.ColumnCount, encoded.FeatureCount).Should().Be((6, 8));
        trial.Table.Numbers("radiotherapy")[0].Should().Be(trial.Given(0).First ? 1 : 0);
    }

    [Fact]
    public void Survival_functions_of_the_truth_are_uniform_at_the_true_times()
    {
        var uniform = Enumerable.Range(0, s_trial.Count).Select(i => s_trial.Truth(i).Survival(s_trial.TrueTime(i))).Order().ToList();
        // Kolmogorov and Smirnov: 1.63/√N is the 1 % point.
        uniform.Select((u, i) => Math.Abs(u - (i + 0.5) / s_trial.Count)).Max().Should().BeLessThan(1.63 / Math.Sqrt(s_trial.Count));
    }

    [Fact]
    public void Hazards_cross_and_no_treatment_is_best_for_all()
    {
        var (without, with) = (s_trial.Truth(0, false, false), s_trial.Truth(0, true, false));
        with.Shape.Should().BeLessThan(without.Shape);
        with.Hazard(0.001).Should().BeGreaterThan(without.Hazard(0.001));
        with.Hazard(1000).Should().BeLessThan(without.Hazard(1000));
        var best = Enumerable.Range(0, 2000)
            .GroupBy(i => Enumerable.Range(0, 4).MaxBy(t => s_trial.Truth(i, t / 2 == 1, t % 2 == 1).RestrictedMean(5)));
        best.Should().HaveCount(4).And.OnlyContain(group => group.Count() > 100);
    }

    [Fact]
    public void Restricted_means_of_the_policies_are_those_that_the_documentation_states()
    {
        double Mean(Func<int, double> value) => Enumerable.Range(0, 4000).Average(value);
        double Value(int i, int t) => s_trial.Truth(i, t / 2 == 1, t % 2 == 1).RestrictedMean(5);
        Mean(i => s_trial.Truth(i).RestrictedMean(5)).Should().BeApproximately(2.889, 0.05);
        Mean(i => Value(i, 3)).Should().BeApproximately(3.006, 0.05);
        Mean(i => Enumerable.Range(0, 4).Max(t => Value(i, t))).Should().BeApproximately(3.394, 0.05);
        Enumerable.Range(0, 4).MaxBy(t => Mean(i => Value(i, t))).Should().Be(3);
    }
}
