using TorchSharp;
using VaeToolkit.Mega.Tests.Reports;

namespace VaeToolkit.Boosting.Tests;

public sealed class PrintedTypesTests
{
    [Fact]
    public void All_that_is_no_option_prints_what_it_holds()
        => PrintedTypes.Bare(typeof(VaeToolkit.Boosting.ContinualTrainer).Assembly)
            .Should().BeEquivalentTo("BoostingGuard", "BoostingStep", "BoostedGrowth", "NormalStart"); // What acts, and options.

    [Fact]
    public void Figures_and_settings_are_printed()
    {
        new LikelihoodPass(2, -0.25).ToString().Should().Be("pass 2: -0.2500 nats an image");
        new GridComparison(0.5, 0.25, 0.125, 2, 1).ToString().Should().Be(
            "KL(q ‖ p) 0.5000, KL(p ‖ q) 0.2500 nats, total variation 0.1250, 2 modes found, mass 1.0000");
        ToyTarget.TwoModes.Modes[0].ToString().Should().Be("(-2, 0) ± 0.6");
        using var coreset = new Coreset(7);
        coreset.ToString().Should().Be("Coreset of 7 items a task");
    }

    [Fact]
    public void Results_print_their_figures()
    {
        new IncrementalAccuracy(0.5, [0.25, 0.75]).ToString().Should().Be("accuracy 0.5000; by task 0.2500, 0.7500");
        GeneratedDiversity.OfCounts([3, 5], [0, 1]).ToString().Should().StartWith("diversity ").And.EndWith("counts 3, 5");
        using var mixture = new NormalMixture(new DiagonalComponents(torch.zeros(2, 3), torch.zeros(2, 3)), [0.25, 0.75]);
        mixture.ToString().Should().Be(
            "mixture of 2 DiagonalComponents in 3 dimensions, effective components 1.75, weights 0.2500, 0.7500");
        var report = new BoostingReport
        {
            Component = 2,
            Accepted = true,
            Objective = 1,
            Entropy = 2,
            Weight = 0.5,
            EffectiveComponents = 2,
        };
        new MpviResult(mixture, [report]).ToString().Should().Be($"{mixture}{Environment.NewLine}  {report}");
        new BoostingOutcome(null, null, null, report).ToString().Should().Be($"no candidate joined; {report}");
    }
}
