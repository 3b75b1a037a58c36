using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Training;

public sealed class TargetTrainingTests(SmallSource small) : IClassFixture<SmallSource>, IDisposable
{
    private static readonly TargetOptions s_options = new() { Training = new() { Steps = 4, Seed = 12 } };
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SegmentationData _data = small.Data;
    private readonly SnapshotSet _source = small.Source;
    private readonly SourcePriors _priors = small.Priors;
    private readonly SourcePriors _noise = small.Noise;

    public void Dispose() => _scope.Dispose();

    private TargetTraining Target => new(_source.Options, _source, _priors, _noise);

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_method_trains_and_repeats_bit_for_bit(TargetMethod method)
    {
        using var first = Target.Train(method, _data, [0, 3, 5], s_options);
        using var second = Target.Train(method, _data, [0, 3, 5], s_options);
        first.Run.Reason.Should().Be(StopReason.Completed);
        second.Run.Steps.Select(s => s.Loss).Should().Equal(first.Run.Steps.Select(s => s.Loss));
        first.Method.Should().Be(method);
        (first.Network is BayesianUNet3d)
            .Should().Be(method is TargetMethod.DeepWeightPrior or TargetMethod.GaussianPrior or TargetMethod.RandomKernelPrior);
    }

    public static TheoryData<TargetMethod> Methods => new(Enum.GetValues<TargetMethod>());

    [Fact]
    public void A_source_start_gives_the_sources_outputs_exactly()
    {
        using var start = Target.Start(TargetMethod.SourceStart, s_options);
        using var best = _source.Load(_source.Best);
        using var batch = _data.Take([0, 1]);
        start.forward(batch.Items).Values().Should().Equal(best.forward(batch.Items).Values());
    }

    [Fact]
    public void A_frozen_source_keeps_its_middle_bit_for_bit_and_trains_the_ends()
    {
        using var best = _source.Load(_source.Best);
        using var result = Target.Train(TargetMethod.FrozenSource, _data, options: s_options);
        var before = best.state_dict();
        var moved = result.Network.state_dict()
            .Where(pair => !pair.Value.Values().SequenceEqual(before[pair.Key].Values())).Select(pair => pair.Key);
        moved.Should().Equal(
            "init.weight", "downs.0.0.c1.conv.weight", "downs.0.0.c2.conv.weight", "downs.0.0.shortcut.weight",
            "ups.1.project.conv.weight", "ups.1.c1.conv.weight", "ups.1.c2.conv.weight", "out.weight", "out.bias");
    }

    [Fact]
    public void Methods_differ_in_what_their_definitions_say()
    {
        using var random = Target.Start(TargetMethod.RandomStart, s_options);
        using var gaussian = (BayesianUNet3d)Target.Start(TargetMethod.GaussianPrior, s_options);
        using var prior = Target.Start(TargetMethod.PriorStart, s_options);
        using var learned = (BayesianUNet3d)Target.Start(TargetMethod.DeepWeightPrior, s_options with { LogVariance = -7 });
        gaussian.BayesianLayers[3].Layer.Mean.Values()
            .Should().Equal(random.state_dict()["downs.1.0.c1.conv.weight"].Values(), "both start as Kaiming does");
        prior.state_dict()["downs.1.0.c1.conv.weight"].Values()
            .Should().Equal(learned.BayesianLayers[3].Layer.Mean.Values(), "both start from the prior");
        learned.BayesianLayers[3].Layer.LogVariance.Values().Should().OnlyContain(v => v == -7);
        prior.state_dict()["out.weight"].Values().Should().Equal(random.state_dict()["out.weight"].Values());
    }

    [Fact]
    public void Means_can_start_at_random_or_at_the_sources_best_snapshot()
    {
        using var best = _source.Load(_source.Best);
        using var random = Target.Start(TargetMethod.RandomStart, s_options);
        using var fromSource = (BayesianUNet3d)Target.Start(
            TargetMethod.DeepWeightPrior, s_options with { MeansFrom = MeanStart.Source, LogVariance = -8 });
        using var fromRandom = (BayesianUNet3d)Target.Start(TargetMethod.DeepWeightPrior, s_options with { MeansFrom = MeanStart.Random });
        fromSource.Mode = ForwardMode.Mean;
        using var batch = _data.Take([0, 1]);
        fromSource.forward(batch.Items).Values().Should().Equal(best.forward(batch.Items).Values());
        fromSource.BayesianLayers[0].Layer.LogVariance.Values().Should().OnlyContain(v => v == -8);
        fromRandom.BayesianLayers[3].Layer.Mean.Values().Should().Equal(random.state_dict()["downs.1.0.c1.conv.weight"].Values());
    }

    [Fact]
    public void The_foreground_rate_is_where_random_starts_begin()
    {
        using var start = Target.Start(TargetMethod.RandomStart, s_options with { ForegroundRate = 0.1 });
        start.get_parameter("out.bias")!.ToDouble().Should().BeApproximately(Math.Log(1.0 / 9), 1e-6);
    }

    [Fact]
    public void Adapting_the_reverse_model_leaves_the_priors_as_they_are()
    {
        var before = _priors.Groups.ToDictionary(g => g.Key, g => g.Value.Vae.Vae.state_dict()["encoder.head.weight"].Values());
        using var result = Target.Train(TargetMethod.DeepWeightPrior, _data, options: s_options with { AdaptReverse = true });
        foreach (var (group, weights) in before)
            _priors.Groups[group].Vae.Vae.state_dict()["encoder.head.weight"].Values().Should().Equal(weights);
    }

    [Fact]
    public void Priors_report_the_gain_on_held_out_networks_and_noise_has_the_same_scales()
    {
        _priors.Groups.Keys.Should().Equal(_priors.Grouping.Groups);
        // Two of four snapshots are the held-out network's; the first group has 3 + 18 kernels in each.
        _priors.Groups["encoder-0"].Report!.Kernels.Should().BeInRange(1, 2 * 21);
        _priors.Groups["encoder-0"].Kernels.Should().BeInRange(2, 4 * 21);
        foreach (var (group, prior) in _noise.Groups)
        {
            prior.Kernels.Should().Be(_priors.Groups[group].Kernels);
            prior.Vae.Scale.Should().BeApproximately(_priors.Groups[group].Vae.Scale, 0.1 * prior.Vae.Scale);
            prior.Report.Should().BeNull();
        }
        FluentActions.Invoking(() => SourcePriors.Learn(_source, new() { HeldOutNetworks = 2 }))
            .Should().Throw<ArgumentException>().WithMessage("*2 networks*0 to 1*");
    }

    [Fact]
    public void Learning_that_fails_in_a_report_leaves_no_tensors_behind()
    {
        using var folder = new TemporaryFolder();
        var source = SourceTraining.Run(
            UNet3dOptions.Small with { Widths = [2, 4] }, _data, new() { Networks = 2, Training = new() { Steps = 1 } }, folder.Folder);
        // The network that is held out has lost all its kernels, so that there is nothing to report on.
        var last = source.Snapshots[^1];
        using (var dead = source.Load(last))
        {
            using (torch.no_grad())
            {
                foreach (var parameter in dead.parameters())
                    parameter.zero_();
            }
            dead.SaveWeights(folder[last.File]);
        }
        var options = new SourcePriorOptions { Vae = new() { Steps = 1 } };
        var learning = () => SourcePriors.Learn(source, options);
        learning.Should().Throw<ArgumentException>();
        // The process's count never goes down for the tensors that the networks' parameters were made of; the thread's does.
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        learning.Should().Throw<ArgumentException>();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before, "nothing is left to the finalizer");
    }

    [Fact]
    public void A_method_whose_priors_were_not_given_is_refused()
    {
        new TargetTraining(_source.Options).Invoking(t => t.Train(TargetMethod.DeepWeightPrior, _data))
            .Should().Throw<InvalidOperationException>().WithMessage("DeepWeightPrior*");
        new TargetTraining(_source.Options).Invoking(t => t.Train(TargetMethod.SourceStart, _data))
            .Should().Throw<InvalidOperationException>().WithMessage("SourceStart*snapshots*");
        new TargetTraining(_source.Options, _source, _priors).Invoking(t => t.Train(TargetMethod.RandomKernelPrior, _data))
            .Should().Throw<InvalidOperationException>().WithMessage("*noise*");
        Target.Invoking(t => t.Train(TargetMethod.DeepWeightPrior, _data, options: s_options with { WarmUp = 2 }))
            .Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void The_divergence_of_the_start_is_finite_in_every_group()
    {
        using var start = (BayesianUNet3d)Target.Start(TargetMethod.DeepWeightPrior, s_options);
        var objective = new DeepWeightPriorObjective(_priors.Learned(), start, new() { Volumes = 3 });
        objective.Divergences(start).Should().OnlyContain(g => double.IsFinite(g.Kl.ToDouble()));
    }
}
