using VaeToolkit.Evaluation;

namespace VaeToolkit.Reports.Tests.Runs;

/// <summary>Every rule on made runs: one on which it must speak, and ones beside it on which it must not.</summary>
public sealed class RunFindingsTests
{
    private static readonly double[] s_falling = [200, 150, 120, 110, 105, 102, 100, 99];

    [Fact]
    public void A_run_that_falls_to_its_end_has_nothing_to_look_at()
    {
        using var run = new MadeRun().WithEpochs(s_falling, s_falling);
        Kinds(run).Should().BeEmpty();
    }

    [Fact]
    public void A_validation_loss_that_rises_for_three_epochs_while_the_training_loss_falls_is_overfitting()
    {
        using var run = new MadeRun().WithEpochs(s_falling, [200, 152, 125, 118, 116, 119, 121, 124]);
        var finding = Findings(run).Should().ContainSingle().Subject;
        finding.Kind.Should().Be(FindingKind.Overfitting);
        finding.Text.Should().Be(
            "It overfits: since epoch 5 the validation loss has risen by 8.000 while the training loss fell by 6.000.");
    }

    [Theory]
    [InlineData(new double[] { 200, 152, 125, 118, 116, 115, 118, 120 })] // above the best for two epochs only
    [InlineData(new double[] { 200, 152, 125, 118, 116, 116.1, 116.2, 116.05 })] // by less than a hundredth of the fall
    [InlineData(new double[] { 200, 152, 125, 118, 116, 119, 115.9, 119 })] // a new best on the way
    public void A_rise_that_may_be_noise_is_not_overfitting(double[] validation)
    {
        using var run = new MadeRun().WithEpochs(s_falling, validation);
        Kinds(run).Should().BeEmpty();
    }

    [Fact]
    public void A_rise_that_is_rounding_is_not_overfitting()
    {
        double[] constant = [.. Enumerable.Range(0, 8).Select(i => 99 + (i * 1e-6))];
        using var run = new MadeRun().WithEpochs(s_falling, constant);
        Kinds(run).Should().BeEmpty();
    }

    [Fact]
    public void A_rise_of_both_losses_is_not_overfitting()
    {
        double[] rising = [200, 152, 125, 118, 116, 119, 121, 124];
        using var run = new MadeRun().WithEpochs(rising, rising);
        Kinds(run).Should().BeEmpty();
    }

    [Fact]
    public void Losses_under_a_moving_multiplier_or_in_a_warm_up_are_not_compared()
    {
        double[] rising = [100, 152, 160, 170, 180, 190, 200, 210];
        using var geco = new MadeRun().WithEpochs(
            s_falling, rising, _ => new() { ["kl"] = 5, ["constraint_batch"] = -0.001, ["lambda"] = 3 });
        Kinds(geco).Should().BeEmpty();
        using var warming = new MadeRun().WithEpochs(s_falling, rising, warmUp: 7);
        Kinds(warming).Should().BeEmpty();
    }

    [Fact]
    public void A_last_epoch_that_began_within_the_warm_up_is_told()
    {
        using var run = new MadeRun().WithEpochs(s_falling, s_falling, warmUp: 8);
        Kinds(run).Should().Equal(FindingKind.WarmUpUnfinished);
        using var over = new MadeRun().WithEpochs(s_falling, s_falling, warmUp: 7);
        Kinds(over).Should().BeEmpty();
    }

    [Theory]
    [InlineData(0.0005, true)]
    [InlineData(0.0003, false)] // within the slack of 2 % of 0.02
    [InlineData(-0.01, false)]
    public void A_constraint_above_its_slack_at_the_end_is_not_met(double constraint, bool told)
    {
        using var run = new MadeRun()
            .WithEpochs(s_falling, s_falling, i => new()
            {
                ["kl"] = 5,
                ["constraint"] = 1,
                ["constraint_batch"] = i == 7 ? constraint : 1,
                ["lambda"] = 3,
            })
            .WithState("Geco", new() { ["Geco.Tolerance"] = "0.02", ["Geco.Slack"] = "0.02" });
        Kinds(run).Should().Equal(told ? [FindingKind.ConstraintNotMet] : []);
    }

    [Theory]
    [InlineData("kl", 0.05, true)]
    [InlineData("kl_sampled", 0.05, true)]
    [InlineData("kl", 0.2, false)]
    public void A_divergence_near_zero_is_a_collapse(string term, double nats, bool told)
    {
        using var run = new MadeRun().WithEpochs(s_falling, s_falling, _ => new() { [term] = nats });
        Kinds(run).Should().Equal(told ? [FindingKind.CollapsedUnits] : []);
    }

    [Theory]
    [InlineData(0, "The posterior has collapsed: no latent feature depends on the item.")]
    [InlineData(4, "6 of 10 latent features have collapsed onto the prior.")]
    [InlineData(5, null)]
    public void Fewer_active_features_than_half_are_told(int active, string? text)
    {
        using var run = new MadeRun().WithEpochs(s_falling, s_falling);
        var activity = new LatentActivity([.. Enumerable.Range(0, 10).Select(i => i < active ? 0.5 : 0.001)], 0.01, 100);
        RunFindings.Of(RunRecord.Read(run.Folder), activity).Select(finding => finding.Text)
            .Should().Equal(text is null ? [] : [text]);
    }

    [Theory]
    [InlineData(2.6, "Rank 1 is slow, and all wait for it: it worked 7.800 s, the others 6.000 s.")]
    [InlineData(2.4, null)] // a fifth more
    public void A_rank_that_works_a_quarter_longer_than_the_others_is_told(double seconds, string? text)
    {
        // Before the run was resumed by three ranks, it had two.
        using var run = new MadeRun().WithEpochs(
            [9, 8, 7, 6], null, ranks: i => i == 0 ? [10, 50] : [2, seconds, 2]);
        Findings(run).Select(finding => finding.Text).Should().Equal(text is null ? [] : [text]);
    }

    private static IReadOnlyList<RunFinding> Findings(MadeRun run) => RunFindings.Of(RunRecord.Read(run.Folder), activity: null);

    private static IEnumerable<FindingKind> Kinds(MadeRun run) => Findings(run).Select(finding => finding.Kind);
}
