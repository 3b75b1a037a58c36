using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors;
using Xunit.Abstractions;

namespace VaeToolkit.Distributed.Tests;

/// <summary>U-Nets that ranks train together are those of one process.</summary>
public sealed class SegmentationTests(ITestOutputHelper output)
{
    // Adam's steps are as long for a gradient that is hardly more than rounding as for others: four of 0.004 come to 0.016.
    private const double RoundingOfAdam = 2e-4;

    private static readonly UNet3dOptions s_network = new() { Widths = [4, 8], Classes = 1 };

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 2)]
    [InlineData(false, 4)]
    [InlineData(true, 4)]
    public void Ranks_train_the_network_of_one_process(bool bayesian, int ranks)
    {
        using var data = Volumes();
        var alone = Run(bayesian, data, null, Make(bayesian));
        // One of four has none of three volumes.
        var outcomes = new double[ranks][];
        var networks = outcomes.Select(_ => Make(bayesian)).ToArray();
        RankThreads.Run(ranks, exchange => outcomes[exchange.Rank] = Run(bayesian, data, exchange, networks[exchange.Rank]));
        outcomes.Should().AllSatisfy(outcome => outcome.Should().Equal(outcomes[0]));
        var difference = Outcome.Largest(outcomes[0], alone);
        output.WriteLine($"bayesian {bayesian}, {ranks} ranks: {difference:E1}");
        difference.Should().BeLessThan(RoundingOfAdam);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ranks_take_rank_0s_prior(bool adaptReverse)
    {
        using var data = Volumes();
        var alone = Run(data, null, (BayesianUNet3d)Make(bayesian: true), Kernels(0));
        var outcomes = new double[2][];
        var networks = new[] { Make(bayesian: true), Make(bayesian: true) };
        var kernels = new[] { Kernels(0), Kernels(1) };
        RankThreads.Run(2, exchange => outcomes[exchange.Rank] = Run(
            data, exchange, (BayesianUNet3d)networks[exchange.Rank], kernels[exchange.Rank]));
        outcomes[1].Should().Equal(outcomes[0]);
        Outcome.Largest(outcomes[0], alone).Should().BeLessThan(RoundingOfAdam);

        double[] Run(SegmentationData volumes, IExchange? exchange, BayesianUNet3d network, Vae kernels)
        {
            var grouping = KernelGrouping.Consecutive(network.KernelLayers);
            var prior = new VaeKernelPrior(kernels, 0.2, adaptReverse);
            var weights = new WeightPrior(grouping, grouping.Groups.ToDictionary(group => group, _ => (KernelPrior)prior));
            var run = SegmentationTraining.Run(
                network, new DeepWeightPriorObjective(weights, network, new() { Volumes = 5, WarmUp = null }), volumes,
                options: new() { Steps = 4, BatchSize = 3, Seed = 2, Exchange = exchange });
            return [.. run.Steps.SelectMany(step => step.Terms.Values.Append(step.Loss)),
                .. network.parameters().Concat(kernels.parameters()).SelectMany(weight => weight.Values())];
        }
    }

    [Fact]
    public void All_stop_where_one_is_cancelled()
    {
        using var data = Volumes();
        using var cancelled = new CancellationTokenSource();
        var networks = new[] { (UNet3d)Make(bayesian: false), (UNet3d)Make(bayesian: false) };
        var runs = new SegmentationRun[2];
        RankThreads.Run(2, exchange => runs[exchange.Rank] = SegmentationTraining.Run(
            networks[exchange.Rank], new SegmentationObjective(SegmentationLoss.Dice()), data,
            options: new() { Steps = 4, BatchSize = 3, Exchange = exchange },
            progress: new Drawing(cancelled.Cancel), cancellationToken: exchange.Rank == 0 ? cancelled.Token : default));
        runs.Select(run => (run.Reason, run.Steps.Count)).Should().AllBeEquivalentTo((StopReason.Cancelled, 1));
    }

    [Fact]
    public void Ranks_with_other_priors_are_refused()
    {
        using var data = Volumes();
        var networks = new[] { (BayesianUNet3d)Make(bayesian: true), (BayesianUNet3d)Make(bayesian: true) };
        var failures = new Exception[2];
        RankThreads.Run(2, exchange =>
        {
            var network = networks[exchange.Rank];
            var grouping = KernelGrouping.Consecutive(network.KernelLayers);
            var prior = new WeightPrior(grouping, grouping.Groups.ToDictionary(
                group => group, _ => (KernelPrior)new GaussianKernelPrior(27, exchange.Rank == 1 ? 0.2 : 0.1)));
            failures[exchange.Rank] = FluentActions.Invoking(() => SegmentationTraining.Run(
                network, new DeepWeightPriorObjective(prior, network, new() { Volumes = 5, WarmUp = null }), data,
                options: new() { Steps = 1, BatchSize = 3, Exchange = exchange })).Should().Throw<ArgumentException>().Which;
        });
        failures.Should().OnlyContain(failure => failure.Message.StartsWith("the ranks do not train the same: Rank 1: objective is "));
    }

    [Fact]
    public void A_cycles_end_may_draw_on_rank_0_without_a_change_to_the_run()
    {
        using var data = Volumes();
        var outcomes = new double[3][];
        var networks = Enumerable.Range(0, 3).Select(_ => (BayesianUNet3d)Make(bayesian: true)).ToArray();
        Run(0, null);
        RankThreads.Run(2, exchange => Run(1 + exchange.Rank, exchange));
        outcomes[2].Should().Equal(outcomes[1]);
        Outcome.Largest(outcomes[1], outcomes[0]).Should().BeLessThan(RoundingOfAdam);

        void Run(int index, IExchange? exchange)
        {
            var network = networks[index];
            var options = new SegmentationTrainingOptions
            {
                Steps = 4,
                BatchSize = 3,
                Seed = 2,
                Exchange = exchange,
                Cycles = 4,
            };
            var run = SegmentationTraining.Run(
                network, new DeepWeightPriorObjective(Prior(network), network, new() { Volumes = 5, WarmUp = null }), data,
                options: options, cycleEnded: exchange is null ? null : _ => Draw(network),
                progress: exchange is null ? null : new Drawing(() => Draw(network)));
            outcomes[index] = [.. run.Steps.Select(step => step.Loss), .. network.parameters().SelectMany(weight => weight.Values())];
        }
    }

    private static void Draw(SegmentationNetwork network)
        => NoiseSource.Normal([5], network.parameters().First(), itemAxis: null).Dispose();

    private sealed class Drawing(Action draw) : IProgress<StepResult>
    {
        public void Report(StepResult value) => draw();
    }

    private static Vae Kernels(long seedOfWeights)
    {
        using var seed = SeedScope.Begin(seedOfWeights);
        return new(
            new MlpEncoder(27, latentSize: 2, hidden: [8]), new MlpDecoder(2, [8], ObservationModel.Gaussian(1, 27)),
            new StandardNormalPrior(2));
    }

    private static double[] Run(bool bayesian, SegmentationData data, IExchange? exchange, SegmentationNetwork network)
    {
        var options = new SegmentationTrainingOptions { Steps = 4, BatchSize = 3, Seed = 2, Exchange = exchange };
        var loss = SegmentationLoss.Sum(
            (1, SegmentationLoss.Dice()), (0.1, SegmentationLoss.SummedCrossEntropy()), (1, SegmentationLoss.Tversky()));
        var run = network is BayesianUNet3d net
            ? SegmentationTraining.Run(
                net, new DeepWeightPriorObjective(Prior(net), net, new() { Volumes = 5, Loss = loss, WarmUp = null }), data,
                options: options)
            : SegmentationTraining.Run((UNet3d)network, new SegmentationObjective(loss), data, options: options);
        return [.. run.Steps.SelectMany(step => step.Terms.Values.Append(step.Loss)), .. network.parameters().SelectMany(w => w.Values())];
    }

    private static WeightPrior Prior(BayesianUNet3d network)
    {
        var grouping = KernelGrouping.Consecutive(network.KernelLayers);
        return new(grouping, grouping.Groups.ToDictionary(group => group, _ => (KernelPrior)new GaussianKernelPrior(27, 0.1)));
    }

    internal static SegmentationNetwork Make(bool bayesian)
    {
        using var seed = SeedScope.Begin(3);
        var network = new UNet3d(s_network);
        return bayesian ? BayesianUNet3d.FromNetwork(network) : network;
    }

    internal static SegmentationData Volumes()
    {
        using var seed = SeedScope.Begin(4);
        var volumes = torch.randn([5L, 1, 8, 8, 8]);
        return new SegmentationData(volumes, volumes.squeeze(1).gt(0.5).to(torch.int64));
    }
}
