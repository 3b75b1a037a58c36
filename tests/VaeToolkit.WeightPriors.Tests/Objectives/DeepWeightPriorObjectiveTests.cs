using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Objectives;

public sealed class DeepWeightPriorObjectiveTests : IDisposable
{
    private static readonly UNet3dOptions s_shape = UNet3dOptions.Small with { Widths = [2, 4] };
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(31);
    private readonly BayesianUNet3d _net = new(s_shape, logVariance: -4);
    private readonly SegmentationData _data = Balls.Draw(4, seed: 1, size: 8);

    public void Dispose()
    {
        _net.Dispose();
        _data.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void The_divergence_is_the_sum_over_layers_and_kernels_of_the_closed_form()
    {
        var expected = _net.BayesianLayers.Sum(pair => KlByHand(pair.Layer, 0.3));
        foreach (var grouping in new[] { KernelGrouping.PerLayer(_net.KernelLayers), KernelGrouping.Consecutive(_net.KernelLayers) })
        {
            var groups = Objective(Gaussian(grouping, 0.3)).Divergences(_net);
            groups.Select(g => g.Group).Should().Equal(grouping.Groups);
            groups.Sum(g => g.Kl.ToDouble()).Should().BeApproximately(expected, 1e-5 * expected);
        }
    }

    [Fact]
    public void The_loss_is_data_plus_the_weighted_divergence_and_beta_warms_up()
    {
        using var batch = _data.Take([0, 1]);
        var objective = Objective(Gaussian(KernelGrouping.Consecutive(_net.KernelLayers), 0.3),
            new() { Volumes = 5, Beta = 0.4, WarmUp = BetaWarmUp.OverSteps(4) });
        foreach (var beta in new[] { 0.1, 0.2, 0.3, 0.4, 0.4 })
        {
            objective.CurrentBeta.Should().BeApproximately(beta, 1e-12);
            var result = objective.Compute(_net, batch);
            var terms = result.Terms.ToDictionary(t => t.Name, t => t.Read());
            result.Loss.ToDouble().Should().BeApproximately(terms["data"] + beta * terms["kl"] / (5 * 512), 1e-5);
            terms["kl_per_weight"].Should().BeApproximately(terms["kl"] / (27 * 34), 1e-4);
            terms["mean_deviation"].Should().BeApproximately(Math.Exp(-2), 1e-6);
            terms.Where(t => t.Key.StartsWith("kl/", StringComparison.Ordinal)).Sum(t => t.Value)
                .Should().BeApproximately(terms["kl"], 1e-3);
            objective.AdvanceStep(terms);
        }
        objective.ComputeForValidation(_net, batch).Terms.Single(t => t.Name == "beta").Read().Should().Be(0.4);
    }

    [Fact]
    public void With_pure_cross_entropy_and_beta_1_it_is_the_evidence_lower_bound_of_a_Bernoulli_model()
    {
        // All volumes in one batch: N V loss = −log p(D|W) + KL, the likelihood being that of independent voxels.
        using var batch = _data.Take([0, 1, 2, 3]);
        _net.Mode = ForwardMode.Mean;
        var objective = Objective(Gaussian(KernelGrouping.Consecutive(_net.KernelLayers), 0.3),
            new() { Volumes = 4, Beta = 1, WarmUp = null, Loss = SegmentationLoss.CrossEntropy() });
        var loss = objective.Compute(_net, batch).Loss.ToDouble() * 4 * 512;
        var logits = _net.forward(batch.Items).squeeze(1);
        var logLikelihood = (batch.Labels! * logits - torch.nn.functional.softplus(logits)).sum().ToDouble();
        loss.Should().BeApproximately(-logLikelihood + _net.BayesianLayers.Sum(pair => KlByHand(pair.Layer, 0.3)), 1e-4 * loss);
    }

    [Fact]
    public void Effective_voxels_are_the_weight_of_a_volume()
    {
        using var batch = _data.Take([0, 1]);
        var prior = Gaussian(KernelGrouping.Consecutive(_net.KernelLayers), 0.3);
        _net.Mode = ForwardMode.Mean;
        var result = Objective(prior, new() { Volumes = 2, Beta = 1, WarmUp = null, EffectiveVoxels = 50 }).Compute(_net, batch);
        var terms = result.Terms.ToDictionary(t => t.Name, t => t.Read());
        result.Loss.ToDouble().Should().BeApproximately(terms["data"] + terms["kl"] / 100, 1e-4);
    }

    [Fact]
    public void A_subsample_of_kernels_is_unbiased_within_four_standard_errors()
    {
        using (torch.no_grad())
            _net.BayesianLayers[2].Layer.Mean.mul_(3);
        var prior = Gaussian(KernelGrouping.Consecutive(_net.KernelLayers), 0.3);
        var exact = Objective(prior).Divergences(_net).Sum(g => g.Kl.ToDouble());
        var sampled = Objective(prior, new() { Volumes = 1, KernelsPerGroup = 3 });
        using var noGradient = torch.no_grad();
        var draws = Enumerable.Range(0, 2000).Select(_ => Once()).ToArray();
        var error = MathNet.Numerics.Statistics.ArrayStatistics.StandardDeviation(draws) / Math.Sqrt(draws.Length);
        error.Should().BePositive();
        draws.Average().Should().BeApproximately(exact, 4 * error);

        double Once()
        {
            using var scope = torch.NewDisposeScope();
            return sampled.Divergences(_net).Sum(g => g.Kl.ToDouble());
        }
    }

    [Fact]
    public void Training_lowers_the_loss_moves_means_and_variances_and_leaks_nothing()
    {
        using var kernels = KernelPriorsOfNoise();
        var prior = new WeightPrior(KernelGrouping.Custom(_net.KernelLayers, _ => "all"),
            new Dictionary<string, KernelPrior> { ["all"] = new VaeKernelPrior(kernels) });
        prior.InitialiseMeans(_net);
        var before = _net.state_dict().ToDictionary(p => p.Key, p => p.Value.Values());
        var options = new SegmentationTrainingOptions { Steps = 60, LearningRate = 0.01, Seed = 2, LogVarianceRate = 10 };
        var objective = new DeepWeightPriorObjective(prior, _net, new() { Volumes = 4, WarmUp = BetaWarmUp.OverSteps(30) });
        var cold = new DeepWeightPriorObjective(prior, _net, new() { Volumes = 4, WarmUp = null });
        SegmentationTraining.Run(_net, cold, _data, options: options with { Steps = 2 });
        var live = Reference.LiveTensors();
        var run = SegmentationTraining.Run(_net, objective, _data, options: options);
        torch.Tensor.TotalCount.Should().BeLessThanOrEqualTo(live);
        run.Steps.TakeLast(10).Average(s => s.Terms["data"]).Should().BeLessThan(0.7 * run.Steps.Take(5).Average(s => s.Terms["data"]));
        foreach (var (name, weights) in _net.state_dict())
            weights.Values().Should().NotEqual(before[name], name);
        kernels.Vae.parameters().Select(p => p.grad is null).Should().NotContain(false);
    }

    [Fact]
    public void An_adapted_encoder_is_trained_along()
    {
        using var kernels = KernelPriorsOfNoise();
        var prior = new WeightPrior(KernelGrouping.Custom(_net.KernelLayers, _ => "all"),
            new Dictionary<string, KernelPrior> { ["all"] = new VaeKernelPrior(kernels, adaptReverse: true) });
        var before = kernels.Vae.state_dict().ToDictionary(p => p.Key, p => p.Value.Values());
        SegmentationTraining.Run(
            _net, new DeepWeightPriorObjective(prior, _net, new() { Volumes = 4, WarmUp = null }), _data, options: new() { Steps = 3 });
        foreach (var (name, weights) in kernels.Vae.state_dict())
            weights.Values().SequenceEqual(before[name]).Should().Be(!name.StartsWith("encoder.", StringComparison.Ordinal), name);
    }

    [Fact]
    public void A_warm_up_that_is_longer_than_the_training_is_found_with_its_last_beta()
    {
        var prior = Gaussian(KernelGrouping.Custom(_net.KernelLayers, _ => "all"), 1);
        var before = _net.state_dict()["init.mean"].Values();
        Training(new() { Volumes = 4 }, steps: 40).Should().Throw<PreFlightException>().Which.Findings.Should().ContainSingle().Which
            .Should().StartWith(
                "The warm-up of 'beta' goes over 100 steps, but training ends after 40 steps: its last value is 0.04, not 0.1");
        // There are no epochs here to be counted.
        Training(new() { Volumes = 4, WarmUp = BetaWarmUp.OverEpochs(10) }, steps: 40).Should().Throw<PreFlightException>();
        _net.state_dict()["init.mean"].Values().Should().Equal(before);
        Training(new() { Volumes = 4, WarmUp = BetaWarmUp.OverSteps(2) }, steps: 2).Should().NotThrow();

        Action Training(DeepWeightPriorOptions options, int steps) => () => SegmentationTraining.Run(
            _net, new DeepWeightPriorObjective(prior, _net, options), _data, options: new() { Steps = steps });
    }

    [Fact]
    public void Means_start_as_kernels_of_the_prior()
    {
        using var kernels = KernelPriorsOfNoise();
        var prior = new WeightPrior(KernelGrouping.Custom(_net.KernelLayers, _ => "all"),
            new Dictionary<string, KernelPrior> { ["all"] = new VaeKernelPrior(kernels) });
        using var plain = new UNet3d(s_shape);
        using (SeedScope.Begin(1))
            prior.InitialiseMeans(_net);
        using (SeedScope.Begin(1))
            prior.InitialiseWeights(plain);
        using (SeedScope.Begin(1))
            _net.BayesianLayers[0].Layer.Mean.Values().Should().Equal(kernels.SampleMeans(2).Values());
        plain.state_dict()["ups.0.c2.conv.weight"].Values().Should().Equal(_net.BayesianLayers[^1].Layer.Mean.Values());
    }

    [Fact]
    public void A_layer_without_a_group_or_with_other_kernels_is_refused_at_construction_by_name()
    {
        var some = KernelGrouping.PerLayer([.. _net.KernelLayers.Skip(1)]);
        FluentActions.Invoking(() => Objective(Gaussian(some, 1)))
            .Should().Throw<ArgumentException>().WithMessage("*'init' belongs to no group*");
        var all = KernelGrouping.Custom(_net.KernelLayers, _ => "all");
        FluentActions.Invoking(
            () => Objective(new WeightPrior(all, new Dictionary<string, KernelPrior> { ["all"] = new GaussianKernelPrior(9, 1) })))
            .Should().Throw<ArgumentException>().WithMessage("*'init'*9 values*");
        FluentActions.Invoking(
            () => new WeightPrior(all, new Dictionary<string, KernelPrior> { ["other"] = new GaussianKernelPrior(27, 1) }))
            .Should().Throw<ArgumentException>().WithMessage("*[all]*[other]*");
        var more = KernelGrouping.PerLayer([.. _net.KernelLayers, "ups.9.c1.conv"]);
        FluentActions.Invoking(() => Objective(Gaussian(more, 1)))
            .Should().Throw<ArgumentException>().WithMessage("*groups [ups.9.c1.conv]*");
        FluentActions.Invoking(() => Objective(Gaussian(all, 1), new() { Volumes = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Objective(Gaussian(all, 1), new() { Volumes = 1, EffectiveVoxels = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
    }

    private DeepWeightPriorObjective Objective(WeightPrior prior, DeepWeightPriorOptions? options = null)
        => new(prior, _net, options ?? new() { Volumes = 1 });

    private static WeightPrior Gaussian(KernelGrouping grouping, double deviation)
        => new(grouping, grouping.Groups.ToDictionary(group => group, KernelPrior (_) => new GaussianKernelPrior(27, deviation)));

    private static KernelVae KernelPriorsOfNoise()
    {
        using var set = KernelHarvest.Of(
            [new(0, 0, new Dictionary<string, torch.Tensor> { ["a.weight"] = torch.randn([20L, 10, 3, 3, 3]) * 0.2 })],
            KernelGrouping.PerLayer(["a"])).Single();
        return KernelVaeTraining.Train(set, new() { Steps = 40 });
    }

    private static double KlByHand(BayesianConv3d layer, double s)
        => layer.Mean.Values()
            .Zip(layer.LogVariance.Values(), (m, l) => 0.5 * (Math.Log(s * s) - l + (Math.Exp(l) + m * m) / (s * s) - 1)).Sum();
}
