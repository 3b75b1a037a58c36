using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Anomalies;

public sealed class AnomalyDetectorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(21);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void With_an_exact_posterior_scores_and_threshold_are_those_of_the_exact_evidence()
    {
        using var model = FrozenVae.Own(LinearGaussian.Model());
        using var normal = new TensorData(model.Sample(400, seed: 1, draws: true));
        using var detector = AnomalyDetector.Fit(
            model, normal, new() { Quantile = 0.9, Importance = new() { Samples = 3, BatchSize = 64 } });
        var x = model.Sample(6, seed: 2, draws: true);
        var exact = Array.ConvertAll(LinearGaussian.LogEvidence(x), value => -value);
        detector.Score(x).Zip(exact).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-9);
        detector.IsAnomaly(x).Should().Equal(exact.Select(score => score > detector.Threshold.Value));
        detector.NormalScores.Should().HaveCount(400);
        var expected = QuantileEstimate.Of(detector.NormalScores, 0.9);
        detector.Threshold.Should().Be(expected);
        detector.ToString().Should().StartWith("Likelihood above ");

        // −log p(x) is half a chi-squared variable with 4 degrees of freedom and a constant, whose 90 % quantile is 7.7794.
        var constant = -LinearGaussian.LogEvidence(torch.zeros(1, 4, torch.float64))[0];
        ((7.779440339734858 / 2) + constant).Should().BeInRange(detector.Threshold.Lower, detector.Threshold.Upper);
    }

    [Fact]
    public void What_is_reported_is_counted_and_the_areas_are_those_of_the_scores()
    {
        using var model = FrozenVae.Own(LinearGaussian.Model());
        var options = new AnomalyOptions { Importance = new() { Samples = 2 } };
        using var detector = AnomalyDetector.Fit(model, new TensorData(model.Sample(300, seed: 1, draws: true)), options);
        var (normal, anomalous) = (model.Sample(200, seed: 2, draws: true), model.Sample(50, seed: 3, draws: true) * 2);
        var report = detector.Test(new TensorData(normal), new TensorData(anomalous));
        var (low, high) = (Negative(LinearGaussian.LogEvidence(normal)), Negative(LinearGaussian.LogEvidence(anomalous)));
        report.FalseAlarms.Should().Be(low.Count(score => score > detector.Threshold.Value));
        report.Detections.Should().Be(high.Count(score => score > detector.Threshold.Value));
        report.Scores.RocArea.Value.Should().BeApproximately(DetectionScores.Of(low, high).RocArea.Value, 1e-12);
        (report.DetectionRate, report.FalseAlarmRate).Should().Be((report.Detections / 50.0, report.FalseAlarms / 200.0));
        report.ToString().Should().Contain("of the anomalies and");

        static double[] Negative(double[] values) => Array.ConvertAll(values, value => -value);
    }

    [Fact]
    public void Contributions_find_the_column_that_is_wrong_and_add_up_to_the_excess()
    {
        using var model = FrozenVae.Own(LinearGaussian.Model());
        var items = model.Sample(500, seed: 1, draws: true);
        using var detector = AnomalyDetector.Fit(
            model, new TensorData(items), new() { Measure = AnomalyMeasure.Reconstruction, Importance = new() { BatchSize = 64 } });
        var x = model.Sample(8, seed: 2, draws: true);
        x.select(1, 3).add_(6);
        var parts = detector.Contributions(x);
        parts.shape.Should().Equal(8, 4);
        parts.argmax(1).data<long>().ToArray().Should().AllBeEquivalentTo(3L);
        var usual = detector.NormalScores.Average();
        parts.sum(1).Values().Zip(detector.Score(x)).Should()
            .OnlyContain(pair => Math.Abs(pair.First - (pair.Second - usual)) < 1e-9);
        detector.Contributions(items).mean([0L]).Values().Should().OnlyContain(value => Math.Abs(value) < 1e-9);
    }

    [Theory]
    [InlineData(AnomalyMeasure.Likelihood)]
    [InlineData(AnomalyMeasure.Reconstruction)]
    [InlineData(AnomalyMeasure.LatentKl)]
    public void It_freezes_a_model_that_is_trained_on_and_leaves_nothing_behind(AnomalyMeasure measure)
    {
        using var vae = new Vae(
            new MlpEncoder(4, 2, [3]), new MlpDecoder(2, [3], ObservationModel.LearnedGaussian(2, 2)), new StandardNormalPrior(2));
        using var data = new TensorData(torch.rand(30, 2, 2));
        var x = torch.rand(3, 2, 2);
        var options = new AnomalyOptions { Measure = measure, Importance = new() { Samples = 3, BatchSize = 7 } };
        Use();
        var before = Reference.LiveTensors();
        Use();
        Reference.LiveTensors().Should().BeCloseTo(
            before, (ulong)vae.parameters().Count(), "a parameter's first tensor is never counted out");

        void Use()
        {
            using var detector = AnomalyDetector.Fit(vae, data, options);
            var scores = detector.Score(x);
            using (torch.no_grad())
                vae.parameters().First().add_(0.01);
            detector.Score(x).Should().Equal(scores);
            using var parts = detector.Contributions(x);
            parts.shape.Should().Equal(3, 2, 2);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cancelling_stops_a_score_between_two_chunks_of_samples(bool verdict)
    {
        var decoder = new WatchedDecoder(new MlpDecoder(2, [3], ObservationModel.LearnedGaussian(4)));
        using var model = FrozenVae.Own(new Vae(new MlpEncoder(4, 2, [3]), decoder, new StandardNormalPrior(2)));
        using var data = new TensorData(torch.rand(20, 4));
        using var detector = AnomalyDetector.Fit(model, data, new() { Importance = new() { Samples = 1_000, ChunkSize = 10 } });
        using var source = new CancellationTokenSource();
        var passes = 0;
        decoder.Pass = () =>
        {
            if (++passes == 5)
                source.Cancel();
        };
        FluentActions.Invoking(() => verdict
                ? (object)detector.IsAnomaly(torch.rand(3, 4), source.Token) : detector.Score(torch.rand(3, 4), source.Token))
            .Should().Throw<OperationCanceledException>();
        passes.Should().Be(5, "a hundred chunks were to come");
        detector.Score(torch.rand(3, 4)).Should().HaveCount(3, "the detector is as good as before");
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        using var model = FrozenVae.Own(LinearGaussian.Model());
        using var data = new TensorData(torch.rand([3, 4], torch.float64));
        AnomalyDetector Fit(AnomalyOptions options) => AnomalyDetector.Fit(model, data, options);
        FluentActions.Invoking(() => Fit(new() { Quantile = 1 })).Should().Throw<ArgumentOutOfRangeException>()
            .WithParameterName("Quantile");
        FluentActions.Invoking(() => Fit(new() { Level = 0 })).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("Level");
        FluentActions.Invoking(() => Fit(new() { Measure = (AnomalyMeasure)9 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Fit(new() { Importance = new() { Samples = 0 } })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => AnomalyDetector.Fit(model, new TensorData(torch.rand(3, 5)))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => AnomalyDetector.Fit(model, data, cancellationToken: new(canceled: true)))
            .Should().Throw<OperationCanceledException>();
    }

    [Theory]
    [InlineData(AnomalyMeasure.Likelihood)]
    [InlineData(AnomalyMeasure.Reconstruction)]
    public void An_item_outside_of_the_support_is_named_by_its_place_in_the_data(AnomalyMeasure measure)
    {
        using var model = new Vae(
            new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        var x = torch.rand(300, 6).round();
        x[250, 2] = 255;
        using var data = new TensorData(x);
        FluentActions.Invoking(() => AnomalyDetector.Fit(
                model, data, new() { Measure = measure, Importance = new() { Samples = 2, BatchSize = 50 } }))
            .Should().Throw<ArgumentException>().WithMessage("item 250 of * is outside the likelihood's support: *255*");
    }
}
