using TorchSharp;
using VaeToolkit.Tests;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Classification;

public sealed class NetworkPosteriorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(6);
    private readonly ClassifierNetwork _network = TinyNetwork.Create();
    private readonly ImageData _images = TinyNetwork.Bars(10, 1);

    public void Dispose()
    {
        _images.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void The_log_density_is_the_prior_s_plus_the_labels_log_probabilities()
    {
        using var target = new NetworkPosterior(_network, _images, TinyNetwork.Prior(_network, mean: 0.1));
        var points = torch.randn([2L, _network.Size]);
        var values = target.LogDensity(points).Values();
        for (var k = 0; k < 2; k++)
        {
            var prior = points.select(0, k).Values().Sum(w => -0.5 * Math.Pow((w - 0.1) / 0.5, 2) - Math.Log(0.5 * Math.Sqrt(2 * Math.PI)));
            var likelihood = 0.0;
            foreach (var batch in _images.InOrder(40))
            {
                var logits = _network.Logits(batch.Items, points.select(0, k)).Values();
                var labels = batch.Labels!.Values();
                likelihood += labels.Select(
                    (label, n) => logits[n * 4 + (int)label] - Math.Log(logits[(n * 4)..(n * 4 + 4)].Sum(Math.Exp))).Sum();
            }
            values[k].Should().BeApproximately(prior + likelihood, 1e-5 * Math.Abs(prior + likelihood));
        }
    }

    [Fact]
    public void The_batches_estimate_is_the_likelihood_less_the_cross_entropy_to_the_prior()
    {
        using var target = new NetworkPosterior(
            _network, _images, TinyNetwork.Prior(_network, mean: 0.1), new() { BatchSize = 10, WarmUpPasses = 0 });
        // With nearly no variance the likelihood is that of the means; one pass of batches is all data.
        var h = Narrow();
        var mean = Enumerable.Range(0, 4).Average(_ => target.ExpectedLogDensity(h, h.Means).ToDouble());
        target.StepsPerPass.Should().Be(4);
        var exact = target.LogDensity(h.Means).ToDouble();
        mean.Should().BeApproximately(exact, 1e-4 * Math.Abs(exact));
    }

    [Fact]
    public void The_prior_s_part_is_the_closed_form_of_the_expectation()
    {
        using var target = new NetworkPosterior(
            _network, _images, TinyNetwork.Prior(_network, mean: 0.1), new() { BatchSize = 40, WarmUpPasses = 0 });
        var (means, logVariances) = (torch.randn([1, _network.Size]) * 0.3, torch.rand([1, _network.Size]) * 2 - 3);
        var h = new DiagonalComponents(means, logVariances);
        var crossEntropy = means.Values().Zip(
            logVariances.Values(), (m, v) => 0.5 * (Math.Log(2 * Math.PI * 0.25) + (Math.Exp(v) + (m - 0.1) * (m - 0.1)) / 0.25)).Sum();
        double likelihood;
        using (SeedScope.Begin(1))
            likelihood = target.ExpectedLogDensity(h, means).ToDouble() + crossEntropy;
        using var same = SeedScope.Begin(1);
        using var other = new NetworkPosterior(
            _network, _images, TinyNetwork.Prior(_network, mean: -2, deviation: 3), new() { BatchSize = 40, WarmUpPasses = 0 });
        var otherCrossEntropy = means.Values()
            .Zip(logVariances.Values(), (m, v) => 0.5 * (Math.Log(2 * Math.PI * 9) + (Math.Exp(v) + (m + 2) * (m + 2)) / 9)).Sum();
        (other.ExpectedLogDensity(h, means).ToDouble() + otherCrossEntropy)
            .Should().BeApproximately(likelihood, 2e-3, "the same noise gives the same likelihood under any prior");
        likelihood.Should().BeLessThan(0);
    }

    [Fact]
    public void The_warm_up_raises_the_divergence_s_factor_from_nothing_to_one()
    {
        var prior = TinyNetwork.Prior(_network);
        using var target = new NetworkPosterior(_network, _images, prior, new() { BatchSize = 40, WarmUpPasses = 2 });
        var h = Narrow();
        var steps = Enumerable.Range(0, 4).Select(_ => (target.ExpectedLogDensity(h, h.Means) + h.Entropy()).ToDouble()).ToArray();
        var divergence = steps[0] - steps[3];
        divergence.Should().BeApproximately(
            h.Means.Values().Sum(m => 0.5 * (60 + 2 * Math.Log(0.5) + (Math.Exp(-60) + m * m) / 0.25 - 1)), 0.05);
        (steps[0] - steps[1]).Should().BeApproximately(divergence / 2, 0.05);
        steps[2].Should().BeApproximately(steps[3], 1e-3);
    }

    [Fact]
    public void A_component_step_that_ends_within_the_warm_up_is_refused_with_the_last_weight()
    {
        var prior = TinyNetwork.Prior(_network);
        using var target = new NetworkPosterior(_network, _images, prior, new() { BatchSize = 40, WarmUpPasses = 20 });
        var length = 20 * target.StepsPerPass;
        MpviResult Fit(int steps) => Mpvi.Fit(target, new()
        {
            Components = 1,
            Restarts = 1,
            Start = new() { Covariance = ComponentCovariance.Diagonal },
            Step = new() { Steps = steps, ScoringSamples = 1, SamplesPerStep = 1 },
        });
        FluentActions.Invoking(() => Fit(10)).Should().Throw<PreFlightException>().WithMessage(FormattableString.Invariant(
            $"*'weight of the divergence' goes over {length} steps, but the component step ends after 10 steps: its last value is ")
            + FormattableString.Invariant($"{9.0 / length:G6}*"));
        using var whole = Fit(length);
        whole.Mixture.Weights.Should().Equal(1);
    }

    [Theory]
    [InlineData(30, 120, 120)]
    [InlineData(100, 400, 400)]
    [InlineData(150, 600, 400)]
    public void By_default_the_warm_up_is_a_pass_and_never_more_than_a_component_step(int perClass, int stepsPerPass, int warmUp)
    {
        using var images = TinyNetwork.Bars(perClass, 1);
        using var target = new NetworkPosterior(_network, images, TinyNetwork.Prior(_network), new() { BatchSize = 1 });
        target.StepsPerPass.Should().Be(stepsPerPass);
        target.ExplainUnfinishedWarmUp(new BoostingOptions().Steps).Should().BeNull();
        target.ExplainUnfinishedWarmUp(warmUp).Should().BeNull();
        target.ExplainUnfinishedWarmUp(warmUp - 1).Should().Contain(FormattableString.Invariant($"goes over {warmUp} steps"));
        using var asked = new NetworkPosterior(
            _network, images, TinyNetwork.Prior(_network), new() { BatchSize = 1, WarmUpPasses = 1 });
        asked.ExplainUnfinishedWarmUp(stepsPerPass - 1).Should().Contain(FormattableString.Invariant($"goes over {stepsPerPass} steps"));
    }

    [Fact]
    public void Where_components_do_not_overlap_the_step_sees_only_the_guard_of_the_mixture()
    {
        // So the objective is the evidence lower bound plus a constant, but for what a guard that is
        // not flat takes from the prior's precision.
        using var mixture = new NormalMixture(Wide(0.0), [1]);
        var points = Wide(0.3).RSample(5).squeeze(0);
        var guarded = BoostingGuard.Normal(5, 1e-2).Mix(mixture.LogDensity(points), points).Values();
        var expected = points.square()
            .sum(-1).Values().Select(square => Math.Log(1e-2) - square / 50 - 512 * Math.Log(5 * Math.Sqrt(2 * Math.PI)));
        guarded.Zip(expected).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-2);
    }

    [Fact]
    public void Batches_follow_the_seed_and_every_pass_is_reported()
    {
        double[] Run(long seed, List<LikelihoodPass> passes)
        {
            using var target = new NetworkPosterior(
                _network, _images, TinyNetwork.Prior(_network), new() { BatchSize = 15, Seed = seed }, new Recorder(passes));
            var h = Narrow();
            return [.. Enumerable.Range(0, 6).Select(_ => target.ExpectedLogDensity(h, h.Means).ToDouble())];
        }

        List<LikelihoodPass> passes = [];
        double[] first;
        using (SeedScope.Begin(2))
            first = Run(1, passes);
        using (SeedScope.Begin(2))
            Run(1, []).Should().Equal(first);
        using (SeedScope.Begin(2))
            Run(5, []).Should().NotEqual(first);
        passes.Select(pass => pass.Pass).Should().Equal(1, 2);
        // With nearly no variance every draw is of the means.
        foreach (var pass in passes)
            pass.MeanLogLikelihood.Should().BeApproximately(OfMeans(pass.Pass - 1), 1e-5);

        double OfMeans(int pass) => _images.Batches(15, seed: 1, pass).Average(
            batch => -torch.nn.functional.cross_entropy(_network.Logits(batch.Items, Narrow().Means[0]), batch.Labels!).ToDouble());
    }

    [Fact]
    public void Bad_input_is_named()
    {
        FluentActions.Invoking(() => new NetworkPosterior(_network, _images, OneDimension.Line(0, 1)))
            .Should().Throw<ArgumentException>().WithMessage($"*1 components of 1 dimensions*1 of {_network.Size}*");
        FluentActions.Invoking(() => new NetworkPosterior(_network, _images, TinyNetwork.Prior(_network), new() { BatchSize = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*BatchSize*");
        FluentActions.Invoking(() => new NetworkPosterior(_network, _images, TinyNetwork.Prior(_network), new() { WarmUpPasses = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*WarmUpPasses*");
        using var target = new NetworkPosterior(_network, _images, TinyNetwork.Prior(_network));
        using var candidates = new NormalCandidates(1, _network.Size, new() { Covariance = ComponentCovariance.Full });
        FluentActions.Invoking(() => target.ExpectedLogDensity(candidates.Components(), torch.zeros([1, _network.Size])))
            .Should().Throw<ArgumentException>().WithMessage("*diagonal*");
        using var unlabelled = ImageData.FromTensor(torch.zeros([2L, 12, 12], torch.uint8));
        using var without = new NetworkPosterior(_network, unlabelled, TinyNetwork.Prior(_network));
        FluentActions.Invoking(() => without.LogDensity(torch.zeros([1, _network.Size])))
            .Should().Throw<InvalidOperationException>().WithMessage("*no labels*");
        using var strange = new TensorData(torch.rand(3, 1, 12, 12), torch.tensor([0L, 4, 1]));
        FluentActions.Invoking(() => new NetworkPosterior(_network, strange, TinyNetwork.Prior(_network)))
            .Should().Throw<ArgumentException>().WithMessage("a label is 4; the network's 4 classes are numbered from 0*");
    }

    private DiagonalComponents Narrow()
        => new(torch.full([1, _network.Size], 0.05, dtype: torch.float32), torch.full([1, _network.Size], -60.0, dtype: torch.float32));

    private DiagonalComponents Wide(double mean)
        => new(torch.full([1, _network.Size], mean, dtype: torch.float32), torch.full([1, _network.Size], -6.0, dtype: torch.float32));

    private sealed class Recorder(List<LikelihoodPass> passes) : IProgress<LikelihoodPass>
    {
        public void Report(LikelihoodPass value) => passes.Add(value);
    }
}
