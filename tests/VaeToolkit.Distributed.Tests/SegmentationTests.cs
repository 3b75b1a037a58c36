using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors;
using Xunit.Abstractions;

namespace VaeToolkit.Distributed.Tests;

/// <summary>U-Nets that ranks train together are those of one process.</summary>
public sealed class SegmentationTests(ITestOutputHelper output)
{
    private static readonly UNet3dOptions s_network = new() { Widths = [4, 8], Classes = 1 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ranks_train_the_network_of_one_process(bool bayesian)
    {
        using var data = Volumes();
        var alone = Run(bayesian, data, null, Make(bayesian));
        var outcomes = new double[2][];
        var networks = new[] { Make(bayesian), Make(bayesian) };
        RankThreads.Run(2, exchange => outcomes[exchange.Rank] = Run(bayesian, data, exchange, networks[exchange.Rank]));
        outcomes[1].Should().Equal(outcomes[0]);
        var difference = alone.Zip(outcomes[0], (a, b) => Math.Abs(a - b) / Math.Max(1, Math.Abs(a))).Max();
        output.WriteLine($"bayesian {bayesian}: {difference:E1}");
        difference.Should().BeLessThan(2e-5);
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

    private static SegmentationNetwork Make(bool bayesian)
    {
        using var seed = SeedScope.Begin(3);
        var network = new UNet3d(s_network);
        return bayesian ? BayesianUNet3d.FromNetwork(network) : network;
    }

    private static SegmentationData Volumes()
    {
        using var seed = SeedScope.Begin(4);
        var volumes = torch.randn([5L, 1, 8, 8, 8]);
        return new SegmentationData(volumes, volumes.squeeze(1).gt(0.5).to(torch.int64));
    }
}
