using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Evaluation;

/// <summary>What the number of threads must not change; LinearGaussianTests checks the estimate itself.</summary>
public sealed class NegativeLogLikelihoodTests : IDisposable
{
    private readonly SeedScope _seed = SeedScope.Begin(2);
    private readonly int _threads = torch.get_num_threads();
    private readonly ImageData _images = ImageData.SyntheticDigits(count: 110, testCount: 0);
    private readonly Vae _vae = new(
        new MlpEncoder(784, latentSize: 5, hidden: [30]),
        new MlpDecoder(latentSize: 5, hidden: [30], ObservationModel.Bernoulli(784)), new StandardNormalPrior(5));

    public void Dispose()
    {
        _vae.Dispose();
        _images.Dispose();
        torch.set_num_threads(_threads);
        _seed.Dispose();
    }

    [Fact]
    public void The_number_of_threads_does_not_change_the_estimate()
    {
        var estimates = new[] { 1, 2, 3 }.Select(threads =>
        {
            torch.set_num_threads(threads);
            var estimate = Evaluate.NegativeLogLikelihood(_vae, _images, new() { Samples = 21, ChunkSize = 4, BatchSize = 25, Seed = 8 });
            torch.get_num_threads().Should().Be(threads);
            return estimate;
        }).ToArray();

        estimates.Distinct().Should().ContainSingle();
        estimates[0].Items.Should().Be(110);
    }

    [Fact]
    public void Products_of_our_own_change_the_estimate_by_rounding_alone()
    {
        var options = new ImportanceOptions { Samples = 50, BatchSize = 40, Seed = 3 };
        var estimate = Evaluate.NegativeLogLikelihood(_vae, _images, options);
        AppContext.SetSwitch(FastPaths.PlainOperators, true);
        try
        {
            var plain = Evaluate.NegativeLogLikelihood(_vae, _images, options);
            estimate.Mean.Should().BeApproximately(plain.Mean, 1e-6 * plain.Mean);
            estimate.EffectiveSampleSize.Should().BeApproximately(plain.EffectiveSampleSize, 1e-3 * plain.EffectiveSampleSize);
        }
        finally
        {
            AppContext.SetSwitch(FastPaths.PlainOperators, false);
        }
    }

    [Fact]
    public void Progress_rises_to_one_and_no_tensor_is_left()
    {
        torch.set_num_threads(2);
        var options = new ImportanceOptions { Samples = 10, ChunkSize = 3, BatchSize = 25 };
        var reports = new Reports();
        Evaluate.NegativeLogLikelihood(_vae, _images, options, reports);
        reports.Fractions.Should().OnlyHaveUniqueItems().And.HaveCount(5 * 4).And.BeInAscendingOrder();
        reports.Fractions.Max().Should().Be(1);

        var before = Reference.LiveTensors();
        Evaluate.NegativeLogLikelihood(_vae, _images, options with { Samples = 40 });
        torch.Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void Cancelling_stops_it_on_every_thread()
    {
        torch.set_num_threads(2);
        using var source = new CancellationTokenSource();
        var reports = new Reports { Reported = source.Cancel };
        FluentActions.Invoking(() => Evaluate.NegativeLogLikelihood(_vae, _images, new() { BatchSize = 25 }, reports, source.Token))
            .Should().Throw<OperationCanceledException>();
        reports.Fractions.Count.Should().BeLessThan(5);
    }

    private sealed class Reports : IProgress<double>
    {
        public List<double> Fractions { get; } = [];

        public Action? Reported { get; init; }

        public void Report(double value)
        {
            lock (Fractions)
                Fractions.Add(value);
            Reported?.Invoke();
        }
    }
}
