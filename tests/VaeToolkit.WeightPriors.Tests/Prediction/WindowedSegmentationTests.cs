using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Prediction;

public sealed class WindowedSegmentationTests
{
    private static readonly VoxelGrid s_grid = new(new(10, 9, 8), Affine.Scaling(new(1, 2, 3)));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_window_as_large_as_the_volume_gives_what_one_pass_gives(int classes)
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(5);
        using var network = new BayesianUNet3d(UNet3dOptions.Small with { Classes = classes }, logVariance: -3);
        var volume = torch.randn([1L, 1, 8, 9, 10]);
        using var whole = Segmentation.Predict(network, volume, new() { Samples = 3, Seed = 4 });
        var windowed = WindowedSegmentation.Predict(
            network, volume[0].ToVolume(s_grid), new() { Window = s_grid.Size }, samples: 3, seed: 4);
        windowed.Mean.Channels.Should().Be(classes);
        Difference(windowed.Mean, whole.Probabilities[0]).Should().BeLessThan(1e-5);
        Difference(windowed.Entropy, whole.Entropy).Should().BeLessThan(1e-4);
        Difference(windowed.MutualInformation, whole.MutualInformation).Should().BeLessThan(1e-4);
        Difference(windowed.StandardDeviation, whole.StandardDeviation[0]).Should().BeLessThan(1e-3);
        network.Mode.Should().Be(ForwardMode.LocalReparameterisation);
        network.training.Should().BeTrue();
    }

    [Fact]
    public void All_windows_of_a_pass_share_a_draw()
    {
        // Two halves of a volume that are alike must be predicted alike with every draw.
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(6);
        using var network = new BayesianUNet3d(UNet3dOptions.Small, logVariance: -1);
        var half = torch.randn([1L, 8, 8, 8]);
        var image = torch.cat([half, half], 3).ToVolume(new(new(16, 8, 8)));
        var maps = WindowedSegmentation.Predict(
            network, image, new() { Window = VolumeSize.Cube(8), Overlap = 0, BatchSize = 1 }, samples: 2);
        maps.MutualInformation.Values.ToArray().Max().Should().BeGreaterThan(1e-3f);
        for (var x = 0; x < 8; x++)
            maps.Mean[x, 3, 4].Should().BeApproximately(maps.Mean[x + 8, 3, 4], 1e-5f);
    }

    [Fact]
    public void A_deterministic_network_has_one_pass_and_leaves_no_tensor()
    {
        using var network = new UNet3d(UNet3dOptions.Small);
        var image = new Volume<float>(new(VolumeSize.Cube(12)), [.. Enumerable.Range(0, 1728).Select(i => (float)Math.Sin(i))]);
        var (reports, options) = (new List<double>(), new SlidingWindowOptions { Window = VolumeSize.Cube(8) });
        WindowedSegmentation.Predict(network, image, options);
        var before = Reference.LiveTensors();
        var maps = WindowedSegmentation.Predict(network, image, options, progress: new Immediate(reports.Add));
        torch.Tensor.TotalCount.Should().Be(before);
        reports.Should().Equal(1);
        maps.MutualInformation.Values.ToArray().Should().OnlyContain(value => value < 1e-6f);
        var none = () => WindowedSegmentation.Predict(network, image, options, samples: 0);
        none.Should().Throw<ArgumentOutOfRangeException>();
        var channels = () => WindowedSegmentation.Predict(network, new(image.Grid, new float[2 * 1728], channels: 2), options);
        channels.Should().Throw<ArgumentException>().WithMessage("*[2, 2, 8, 8, 8]*[N, 1, D, H, W]*");
    }

    private static double Difference(Volume<float> volume, torch.Tensor expected)
        => (volume.ToTensor() - expected.reshape(volume.Channels, 8, 9, 10)).abs().max().ToDouble();

    private sealed class Immediate(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
