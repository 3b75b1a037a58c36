using TorchSharp;

namespace VaeToolkit.Volumes.Tests.Patches;

public sealed class SlidingWindowTests
{
    [Theory]
    [InlineData(0.5, true, 2)]
    [InlineData(0, false, 1)]
    [InlineData(0.9, true, 5)]
    public void A_network_that_sees_single_voxels_gives_the_same_by_windows_as_at_once(double overlap, bool gaussian, int batch)
    {
        foreach (var size in new[] { new VolumeSize(13, 9, 20), new VolumeSize(4, 9, 6), new VolumeSize(6, 6, 6) })
        {
            var image = Noise(size);
            var options =
                new SlidingWindowOptions { Window = VolumeSize.Cube(6), Overlap = overlap, GaussianWeights = gaussian, BatchSize = batch };
            var seen = 0;
            var result = SlidingWindow.Predict(
                windows =>
                {
                    windows.shape.Should().Equal(batch, 1, 6, 6, 6);
                    seen++;
                    return torch.cat([windows * 2, windows + 1], 1);
                },
                image,
                options);
            (result.Channels, result.Size, seen > 0).Should().Be((2, size, true));
            result.Grid.Matches(image.Grid).Should().BeTrue();
            result.Channel(0).ToArray().Should().Equal(image.Values.ToArray(), (a, b) => Math.Abs(a - (2 * b)) < 1e-5);
            result.Channel(1).ToArray().Should().Equal(image.Values.ToArray(), (a, b) => Math.Abs(a - b - 1) < 1e-5);
        }
    }

    [Fact]
    public void What_libtorch_says_of_a_network_is_one_line_and_nothing_is_no_answer()
    {
        var options = new SlidingWindowOptions { Window = VolumeSize.Cube(4) };
        FluentActions.Invoking(() => SlidingWindow.Predict(windows => windows + torch.zeros(7), Noise(new(4, 4, 4)), options))
            .Should().Throw<InvalidOperationException>().Which.Message.Should().StartWith("the network on [").And.NotContain("\n");
        FluentActions.Invoking(() => SlidingWindow.Predict(_ => null!, Noise(new(4, 4, 4)), options))
            .Should().ThrowExactly<ArgumentException>().WithMessage("The network returned null*");
    }

    [Fact]
    public void Windows_cover_the_volume_evenly_and_the_middle_of_a_window_counts_most()
    {
        // Each window returns its own number; with windows of 8 at 0, 4 and 8 of 16 voxels the middle of each says which.
        var number = 0;
        var options = new SlidingWindowOptions { Window = new(8, 1, 1), BatchSize = 1 };
        var result = SlidingWindow.Predict(windows => torch.full_like(windows, number++), Noise(new(16, 1, 1)), options);
        number.Should().Be(3);
        (result[0, 0, 0], result[15, 0, 0]).Should().Be((0, 2));
        result[7, 0, 0].Should().BeApproximately(1, 0.05f);
        // Voxel 4 is 0.5 from the middle of window 0 and 3.5 from that of window 1, in deviations of one voxel: e^(−1/8) against
        // e^(−49/8).
        result[4, 0, 0].Should().BeApproximately((float)(1 / (1 + Math.Exp(6))), 1e-4f);
    }

    [Theory]
    [InlineData(20, 0.9, 40, 11)]
    [InlineData(10, 0.7, 16, 3)]
    [InlineData(10, 0.71, 16, 4)]
    public void There_are_no_more_windows_than_the_overlap_needs(int window, double overlap, int extent, int expected)
    {
        // 20 (1 − 0.9) and 10 (1 − 0.7) are 2 and 3 but for rounding.
        var number = 0;
        var options = new SlidingWindowOptions { Window = new(window, 1, 1), Overlap = overlap, BatchSize = 1 };
        SlidingWindow.Predict(windows => torch.full_like(windows, number++), Noise(new(extent, 1, 1)), options);
        number.Should().Be(expected);
    }

    [Fact]
    public void Mirrored_windows_make_a_one_sided_network_even()
    {
        // A network that shifts everything by one voxel to the right: with its mirror image it shifts half to each side.
        var image = Noise(new(8, 3, 3));
        var options = new SlidingWindowOptions { Window = new(8, 3, 3), Mirrored = LabelSymmetry.Symmetric };
        var result = SlidingWindow.Predict(windows => torch.cat([windows.narrow(4, 7, 1), windows.narrow(4, 0, 7)], 4), image, options);
        for (var x = 1; x < 7; x++)
            result[x, 1, 1].Should().BeApproximately((image[x - 1, 1, 1] + image[x + 1, 1, 1]) / 2, 1e-6f);
    }

    [Fact]
    public void Progress_ends_at_1_a_token_stops_it_and_no_tensor_is_left()
    {
        var (image, options) = (Noise(new(20, 20, 20)), new SlidingWindowOptions { Window = VolumeSize.Cube(8) });
        var reports = new List<double>();
        var before = Reference.LiveTensors();
        SlidingWindow.Predict(windows => windows.sigmoid(), image, options, new Immediate(reports.Add));
        torch.Tensor.TotalCount.Should().Be(before);
        reports.Should().BeInAscendingOrder().And.EndWith(1);
        using var source = new CancellationTokenSource();
        var stopped = () => SlidingWindow.Predict(
            windows =>
            {
                source.Cancel();
                return windows.sigmoid();
            },
            image,
            options,
            cancellationToken: source.Token);
        stopped.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void A_network_that_changes_the_grid_and_wrong_options_are_refused()
    {
        var shrink = () =>
            SlidingWindow.Predict(windows => windows.narrow(4, 0, 3), Noise(new(8, 8, 8)), new() { Window = VolumeSize.Cube(4) });
        shrink.Should().Throw<ArgumentException>().WithMessage("*returned [2, 1, 4, 4, 3]*[2, 1, 4, 4, 4]*[2, K, 4, 4, 4]*");
        var overlap = () => new SlidingWindowOptions { Window = VolumeSize.Cube(4), Overlap = 1 };
        overlap.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*[0, 1)*");
        var flat = () => SlidingWindow.Predict(windows => windows, Noise(new(8, 8, 8)), new() { Window = new(4, 0, 4) });
        flat.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static Volume<float> Noise(VolumeSize size)
    {
        var random = new Random(9);
        return new(new(size, Affine.Scaling(new(1, 2, 3))), [.. Enumerable.Range(0, (int)size.Count).Select(_ => random.NextSingle())]);
    }

    private sealed class Immediate(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
