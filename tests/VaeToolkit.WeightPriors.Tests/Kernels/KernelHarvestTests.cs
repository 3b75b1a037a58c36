using TorchSharp;

namespace VaeToolkit.WeightPriors.Tests.Kernels;

public sealed class KernelHarvestTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"harvest-{Guid.NewGuid():N}");

    public void Dispose()
    {
        _scope.Dispose();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Consecutive_groups_of_the_small_network_are_five_and_cover_every_layer_once()
    {
        using var net = new UNet3d(UNet3dOptions.Small);
        var grouping = KernelGrouping.Consecutive(net.KernelLayers);
        Members(grouping).Should().Equal(
            "encoder-0: init, downs.0.0.c1.conv",
            "encoder-1: downs.0.0.c2.conv, downs.1.0.c1.conv",
            "encoder-2: downs.1.0.c2.conv",
            "decoder-0: ups.0.c1.conv, ups.0.c2.conv",
            "decoder-1: ups.1.c1.conv, ups.1.c2.conv");
        grouping.Layers.Should().Equal(net.KernelLayers);
    }

    [Fact]
    public void Consecutive_groups_of_the_papers_network_follow_the_rule()
    {
        using var net = new UNet3d(new() { Widths = [2, 2, 2], BlocksPerLevel = 2, BottleneckBlocks = 2 });
        Members(KernelGrouping.Consecutive(net.KernelLayers)).Should().Equal(
            "encoder-0: init, downs.0.0.c1.conv",
            "encoder-1: downs.0.0.c2.conv, downs.0.1.c1.conv, downs.0.1.c2.conv, downs.1.0.c1.conv",
            "encoder-2: downs.1.0.c2.conv, downs.1.1.c1.conv, downs.1.1.c2.conv",
            "decoder-0: ups.0.c1.conv, ups.0.c2.conv",
            "decoder-1: ups.1.c1.conv, ups.1.c2.conv");
    }

    [Fact]
    public void Kernels_are_in_the_order_of_the_weights_with_their_origin()
    {
        var weight = torch.arange(1, 2 * 3 * 27 + 1, dtype: torch.float32).reshape([2L, 3, 3, 3, 3]);
        using var set = Harvest(weight, KernelThreshold.Absolute(0));
        set.Count.Should().Be(6);
        set.KernelShape.Should().Equal(3, 3, 3);
        set.Kernels[4].Values().Should().Equal(weight[1, 1].flatten().Values());
        set.Origins[4].Should().Be(new KernelOrigin(7, 2, "layer", 1, 1));
        set.StandardDeviation.Should().BeApproximately(Math.Sqrt((162.0 * 162 - 1) / 12), 1e-4);
    }

    [Fact]
    public void Kernels_in_float64_keep_their_digits()
    {
        // 10⁹ ± 1, half of each: in float32 they are one number.
        var weight = 1e9 + (torch.arange(54, dtype: torch.float64).reshape([2L, 1, 3, 3, 3]).remainder(2) * 2) - 1;
        using var set = Harvest(weight, KernelThreshold.Absolute(0));
        set.Kernels.dtype.Should().Be(torch.float64);
        set.Kernels.Values().Should().Equal(weight.flatten(1).Values());
        set.StandardDeviation.Should().BeApproximately(1, 1e-6);
    }

    [Fact]
    public void Dead_kernels_are_dropped_by_norm()
    {
        // Norms 0, 1, 2, …, 9; the median is 4.5.
        var weight = torch.zeros([10L, 1, 3, 3]);
        for (var i = 0; i < 10; i++)
            weight[i, 0, 1].narrow(0, 1, 1).fill_(i);
        using var above3 = Harvest(weight, KernelThreshold.Absolute(3));
        above3.Origins.Select(o => o.Output).Should().Equal(4, 5, 6, 7, 8, 9);
        above3.FractionKept.Should().Be(0.6);
        using var half = Harvest(weight, KernelThreshold.RelativeToMedian(0.5));
        half.Origins.Select(o => o.Output).Should().Equal(3, 4, 5, 6, 7, 8, 9);
        half.KernelShape.Should().Equal(3, 3);
        FluentActions.Invoking(() => Harvest(weight, KernelThreshold.Absolute(9)))
            .Should().Throw<ArgumentException>().WithMessage("*all 10 kernels*at most 9*");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_that_are_not_finite_are_refused_by_name(float value)
    {
        var weight = torch.ones([2, 3, 3, 3, 3]);
        weight[1, 2, 0, 1, 2] = value;
        FluentActions.Invoking(() => Harvest(weight, KernelThreshold.Absolute(0))).Should().Throw<ArgumentException>()
            .WithMessage("the weights of 'layer' in network 7, cycle 2, are NaN or infinite; leave the network out*");
    }

    [Fact]
    public void Snapshots_give_out_times_in_kernels_a_layer_and_are_split_by_network()
    {
        using var data = Balls.Draw(4, seed: 1);
        var set = SourceTraining.Run(
            UNet3dOptions.Small with { Widths = [2, 4] }, data,
            new() { Networks = 2, Training = new() { Steps = 4, Cycles = 2 } }, _folder);
        var groups = KernelHarvest.Of(set, threshold: KernelThreshold.Absolute(0));
        // init 2, c1 8; c2 16; both of the decoder 2·4, each in four snapshots.
        groups.Select(g => (g.Group, g.Count)).Should().Equal(("encoder-0", 4 * 10), ("encoder-1", 4 * 16), ("decoder-0", 4 * 8));
        var (train, held) = groups[0].SplitByNetwork(1);
        train.Origins.Should().HaveCount(20).And.OnlyContain(o => o.Network == 0);
        held.Origins.Should().HaveCount(20).And.OnlyContain(o => o.Network == 1);
        using var net = set.Load(set.Snapshots[2]);
        held.Kernels[0].Values().Should().Equal(net.state_dict()["init.weight"][0, 0].flatten().Values());
        FluentActions.Invoking(() => groups[0].SplitByNetwork(5)).Should().Throw<ArgumentException>().WithMessage("*would be empty*0, 1*");
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        var grouping = KernelGrouping.PerLayer(["a", "b"]);
        FluentActions.Invoking(() => grouping.GroupOf("c")).Should().Throw<ArgumentException>().WithMessage("*'c'*a, b*");
        FluentActions.Invoking(() => KernelGrouping.PerLayer(["a", "a"])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => KernelGrouping.Consecutive(["encoder.0"]))
            .Should().Throw<ArgumentException>().WithMessage("*'encoder.0'*");
        var one = new SourceWeights(0, 0, new Dictionary<string, torch.Tensor> { ["a.weight"] = torch.ones([1L, 1, 3, 3]) });
        FluentActions.Invoking(() => KernelHarvest.Of([one], grouping)).Should().Throw<ArgumentException>().WithMessage("*'b.weight'*");
        var two = new SourceWeights(0, 0,
            new Dictionary<string, torch.Tensor> { ["a.weight"] = torch.ones([1L, 1, 3, 3]), ["b.weight"] = torch.ones([1L, 1, 5, 5]) });
        FluentActions.Invoking(() => KernelHarvest.Of([two], KernelGrouping.Custom(["a", "b"], _ => "all")))
            .Should().Throw<ArgumentException>().WithMessage("*[3, 3]*'b'*[5, 5]*");
        FluentActions.Invoking(() => KernelHarvest.Of([], grouping)).Should().Throw<ArgumentException>().WithMessage("*no weights*");
    }

    private static KernelSet Harvest(torch.Tensor weight, KernelThreshold threshold)
        => KernelHarvest.Of([new(7, 2, new Dictionary<string, torch.Tensor> { ["layer.weight"] = weight })],
            KernelGrouping.PerLayer(["layer"]), threshold).Single();

    private static IEnumerable<string> Members(KernelGrouping grouping)
        => grouping.Groups.Select(
            group => $"{group}: {string.Join(", ", grouping.Layers.Where(layer => grouping.GroupOf(layer) == group))}");
}
