using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Prediction;

public sealed class SegmentationTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(6);
    private readonly torch.Tensor _volumes = torch.randn([3L, 1, 8, 9, 8]);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void A_deterministic_network_is_sure_and_gives_its_own_probabilities_whatever_the_batch()
    {
        using var net = new UNet3d(UNet3dOptions.Small);
        using var prediction = Segmentation.Predict(net, _volumes, new() { BatchSize = 2 });
        using var expected = torch.no_grad();
        (prediction.Probabilities - net.forward(_volumes).sigmoid()).abs().max().ToDouble().Should().BeLessThan(1e-5);
        prediction.MutualInformation.max().ToDouble().Should().BeLessThan(1e-6);
        prediction.StandardDeviation.max().ToDouble().Should().BeLessThan(1e-3);
        prediction.ForegroundVoxels.Should().ContainSingle().Which
            .Should().Equal(prediction.Labels().flatten(1).sum(dim: 1).data<long>().ToArray());
    }

    [Fact]
    public void A_volume_whose_values_are_too_large_for_an_answer_is_named()
    {
        using var net = new UNet3d(UNet3dOptions.Small);
        var volumes = _volumes.clone();
        volumes[1] = _volumes[1].sign() * 3e38;
        FluentActions.Invoking(() => Segmentation.Predict(net, volumes, new() { BatchSize = 2 }))
            .Should().Throw<ArithmeticException>().WithMessage("the answer for item 1 of volumes is NaN*");
        volumes[1] = _volumes[1] * 1e20;
        using var prediction = Segmentation.Predict(net, volumes, new() { BatchSize = 2 });
        prediction.Probabilities.isfinite().all().ToBoolean().Should().BeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Maps_are_the_moments_of_the_samples(int classes)
    {
        using var net = new BayesianUNet3d(UNet3dOptions.Small with { Classes = classes }, logVariance: -3);
        using var prediction = Segmentation.Predict(net, _volumes, new() { Samples = 4, Seed = 12 });
        using var noGradient = torch.no_grad();
        net.Mode = ForwardMode.WeightSample;
        var samples = new List<torch.Tensor>();
        using (SeedScope.Begin(12))
        {
            for (var t = 0; t < 4; t++)
            {
                using var draw = net.DrawWeights();
                var logits = net.forward(_volumes);
                samples.Add(classes == 1 ? logits.sigmoid() : logits.softmax(1));
            }
        }
        var stacked = torch.stack(samples);
        Difference(prediction.Probabilities, stacked.mean([0L])).Should().BeLessThan(1e-5);
        Difference(prediction.StandardDeviation, stacked.std(0, unbiased: false)).Should().BeLessThan(1e-3);
        var entropies = torch.stack(samples.Select(PredictionTally.Entropy)).mean([0L]);
        Difference(prediction.MutualInformation, prediction.Entropy - entropies).Should().BeLessThan(1e-4);
        prediction.MutualInformation.max().ToDouble().Should().BeGreaterThan(1e-3);
        prediction.ForegroundVoxels.Should().HaveCount(4);
        prediction.Labels().shape.Should().Equal(3, 8, 9, 8);
    }

    [Fact]
    public void The_seed_decides_and_nothing_around_the_call_changes()
    {
        using var net = new BayesianUNet3d(UNet3dOptions.Small, logVariance: -3);
        using (SeedScope.Begin(1))
        {
            using var first = Segmentation.Predict(net, _volumes, new() { Samples = 2, Seed = 3 });
            var after = torch.rand(1).ToDouble();
            using var second = Segmentation.Predict(net, _volumes, new() { Samples = 2, Seed = 3 });
            using var other = Segmentation.Predict(net, _volumes, new() { Samples = 2, Seed = 4 });
            second.Probabilities.Values().Should().Equal(first.Probabilities.Values());
            other.Probabilities.Values().Should().NotEqual(first.Probabilities.Values());
            using (SeedScope.Begin(1))
                torch.rand(1).ToDouble().Should().Be(after);
        }
        net.Mode.Should().Be(ForwardMode.LocalReparameterisation);
        net.training.Should().BeTrue();
    }

    [Fact]
    public void Nothing_leaks_and_a_disposed_prediction_leaves_nothing()
    {
        using var net = new BayesianUNet3d(UNet3dOptions.Small);
        Segmentation.Predict(net, _volumes, new() { Samples = 2 }).Dispose();
        var before = Reference.LiveTensors();
        Segmentation.Predict(net, _volumes, new() { Samples = 2 }).Dispose();
        torch.Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void It_can_be_cancelled_and_reports_progress()
    {
        using var net = new UNet3d(UNet3dOptions.Small);
        var seen = new List<double>();
        using var prediction = Segmentation.Predict(net, _volumes, progress: new Collect(seen));
        seen.Should().BeInAscendingOrder().And.EndWith(1.0);
        FluentActions.Invoking(() => Segmentation.Predict(net, _volumes, cancellationToken: new(canceled: true)))
            .Should().Throw<OperationCanceledException>();
        FluentActions.Invoking(() => Segmentation.Predict(net, _volumes[0]))
            .Should().Throw<ArgumentException>().WithMessage("*[1, 8, 9, 8]*");
        FluentActions.Invoking(() => Segmentation.Predict(net, _volumes, new() { Samples = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>();
    }

    private static double Difference(torch.Tensor a, torch.Tensor b) => (a - b).abs().max().ToDouble();

    private sealed class Collect(List<double> into) : IProgress<double>
    {
        public void Report(double value) => into.Add(value);
    }
}
