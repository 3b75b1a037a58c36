using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Evaluation;

public sealed class FrechetDistanceTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Exact_moments_give_the_closed_form()
    {
        // A and B have exactly mean 0 and 3 and standard deviation 1 and 2 in one feature, so (0 − 3)² + (1 − 2)² = 10.
        var r = Math.Sqrt(0.5);
        var one = torch.tensor(new[,] { { -r }, { r } });
        Evaluate.FrechetDistance(one, one * 2 + 3).Distance.Should().BeApproximately(10, 1e-12);
        Evaluate.FrechetDistance(one, one).Distance.Should().BeApproximately(0, 1e-12);
    }

    [Fact]
    public void Covariances_that_do_not_commute_agree_with_the_trace_of_a_two_by_two_root()
    {
        using var seed = SeedScope.Begin(1);
        var one = torch.randn([200L, 2L], dtype: torch.float64).mm(torch.tensor(new[,] { { 1.5, 0.4 }, { 0.0, 0.3 } }));
        var other = torch.randn([300L, 2L], dtype: torch.float64).mm(torch.tensor(new[,] { { 0.2, 0.0 }, { -0.7, 1.1 } })) + 0.5;
        var (a, b) = (FeatureMoments.Of(one, "one"), FeatureMoments.Of(other, "other"));
        // For 2×2 matrices tr √M = √(tr M + 2 √det M).
        var product = a.Covariance * b.Covariance;
        var cross = Math.Sqrt(product.Trace() + 2 * Math.Sqrt(product.Determinant()));
        var expected = (a.Mean - b.Mean).DotProduct(a.Mean - b.Mean) + a.Covariance.Trace() + b.Covariance.Trace() - 2 * cross;
        var estimate = Evaluate.FrechetDistance(one, other);
        estimate.Distance.Should().BeApproximately(expected, 1e-10);
        Evaluate.FrechetDistance(other, one).Distance.Should().BeApproximately(expected, 1e-10);
        (estimate.FirstCount, estimate.SecondCount, estimate.FeatureCount).Should().Be((200, 300, 2));
    }

    [Fact]
    public void Singular_covariances_are_no_trouble()
    {
        using var seed = SeedScope.Begin(2);
        var line = torch.randn([50L, 1L], dtype: torch.float64).expand(50, 6);
        Evaluate.FrechetDistance(line, line + 1).Distance.Should().BeApproximately(6, 1e-6);
    }

    [Fact]
    public void Features_of_any_size_and_of_unlike_sizes_keep_what_the_small_ones_say()
    {
        using var seed = SeedScope.Begin(3);
        var mixing = torch.tensor(new[,] { { 1, 0.3, 0.1 }, { 0.2, 1, 0.5 }, { -0.4, 0.1, 1 } });
        var plain = torch.randn([2000L, 3L], dtype: torch.float64).mm(mixing);
        foreach (var sizes in new[] { torch.tensor(new[] { 1e6, 1, 1e-3 }), torch.tensor(new[] { 1e-3, 1, 1e6 }) })
        {
            Evaluate.FrechetDistance(plain * sizes, plain * sizes).Distance.Should().BeLessThan(1e-12);
            Evaluate.FrechetDistance(plain * sizes, plain * sizes + torch.tensor(new[] { 0.0, 1, 0 })).Distance
                .Should().BeApproximately(1, 1e-9);
        }
        // Features that do not depend on the others add their own distance, (1 − 2)² of deviations 1 and 2.
        var half = Math.Sqrt(0.5);
        var one = torch.tensor(new[,] { { 1e7 * half, half }, { -1e7 * half, half }, { 1e7 * half, -half }, { -1e7 * half, -half } });
        var ratio = Math.Sqrt(4.0 / 3 * 0.5);
        Evaluate.FrechetDistance(one, one * torch.tensor(new[] { 1.0, 2 })).Distance.Should().BeApproximately(ratio * ratio, 1e-9);
        Evaluate.FrechetDistance(one.flip(1), one.flip(1) * torch.tensor(new[] { 2.0, 1 })).Distance
            .Should().BeApproximately(ratio * ratio, 1e-9);
        foreach (var size in new[] { 1e-100, 1e100 })
        {
            (Evaluate.FrechetDistance(plain * size, (plain + 1) * size).Distance / size / size).Should().BeApproximately(3, 1e-9);
            (Evaluate.FrechetDistance(plain * size, plain * (2 * size)).Distance / size / size).Should().BeApproximately(
                Evaluate.FrechetDistance(plain, plain * 2).Distance, 1e-9);
        }
        FluentActions.Invoking(() => Evaluate.FrechetDistance(plain * 1e160, (plain + 1) * 1e160))
            .Should().Throw<ArithmeticException>().WithMessage("*too large for a number*");
        var largest = torch.tensor(new[,] { { 1.7e308 }, { -1.7e308 } });
        FluentActions.Invoking(() => Evaluate.FrechetDistance(largest / 1e300, largest))
            .Should().ThrowExactly<ArithmeticException>().WithMessage("the deviations of second are too large for a number*");
        FluentActions.Invoking(() => Evaluate.FrechetDistance(largest.abs(), -largest.abs()))
            .Should().ThrowExactly<ArithmeticException>().WithMessage("the distance is too large for a number*");
    }

    [Fact]
    public void Many_rows_are_read_in_blocks_and_left_as_they_are()
    {
        using var seed = SeedScope.Begin(4);
        var rows = torch.randn([9001L, 3L], dtype: torch.float64) * torch.tensor(new[] { 1.0, 2, 0.5 }) + 100;
        rows[9000] = torch.tensor(new[] { 200.0, 0, 100 });
        var before = rows.clone();
        var moments = FeatureMoments.Of(rows, "rows");
        rows.Values().Should().Equal(before.Values());
        moments.Mean.Should().Equal(rows.mean([0L]).Values(), (a, b) => Math.Abs(a - b) < 1e-11);
        moments.Covariance.Enumerate().Should().Equal(rows.t().cov().Values(), (a, b) => Math.Abs(a - b) < 1e-11);
    }

    [Fact]
    public void Features_that_do_not_fit_are_refused()
    {
        var good = torch.zeros([3L, 2L]);
        FluentActions.Invoking(() => Evaluate.FrechetDistance(good, torch.zeros([3L, 4L])))
            .Should().Throw<ArgumentException>().WithParameterName("second");
        FluentActions.Invoking(() => Evaluate.FrechetDistance(torch.zeros([1L, 2L]), good))
            .Should().Throw<ArgumentException>().WithParameterName("first");
        FluentActions.Invoking(() => Evaluate.FrechetDistance(good + double.NaN, good))
            .Should().Throw<ArgumentException>().WithMessage("*NaN*");
    }

    [Fact]
    public void Small_classifier_learns_digits_and_its_features_tell_noise_from_digits()
    {
        using var images = ImageData.SyntheticDigits(1500, 400);
        using var classifier = FeatureClassifier.Train(images, new() { Epochs = 4, Features = 16 });
        classifier.Accuracy(images.Test!).Should().BeGreaterThan(0.8);
        classifier.training.Should().BeFalse();
        using var seed = SeedScope.Begin(3);
        using var noise = new TensorData(torch.rand([400L, 784L]).gt(0.8).to(torch.float32));
        var (first, second) = images.Split(700, seed: 1);
        var same = Evaluate.FrechetDistance(classifier.Features, first, second);
        var different = Evaluate.FrechetDistance(classifier.Features, first, noise);
        different.Distance.Should().BeGreaterThan(20 * same.Distance);
        var before = Reference.LiveTensors();
        Evaluate.FrechetDistance(classifier.Features, first, second).Should().Be(same);
        torch.Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void A_classifier_that_diverges_says_at_which_step()
    {
        using var images = ImageData.SyntheticDigits(50, 0);
        var failure = FluentActions.Invoking(() => FeatureClassifier.Train(images, new() { BatchSize = 25, LearningRate = 1e30 }))
            .Should().Throw<NonFiniteLossException>().Which;
        (failure.Term, failure.Step).Should().Be(("loss", 1));
    }

    [Fact]
    public void Classifier_needs_labels_from_zero()
    {
        using var plain = ImageData.FromTensor(torch.zeros([4L, 8L, 8L], dtype: torch.uint8));
        FluentActions.Invoking(() => FeatureClassifier.Train(plain)).Should().Throw<ArgumentException>().WithMessage("*no labels*");
        using var odd = ImageData.FromTensor(torch.zeros([4L, 9L, 8L], dtype: torch.uint8), torch.zeros(4, dtype: torch.int64));
        FluentActions.Invoking(() => FeatureClassifier.Train(odd)).Should().Throw<ArgumentException>().WithMessage("*divisible by 4*");
    }

    [Theory]
    [InlineData(1_000_000_000)]
    [InlineData(1L << 53)]
    [InlineData(long.MaxValue)]
    public void Labels_that_number_no_classes_are_refused_before_a_layer_is_made_for_them(long label)
    {
        using var images = ImageData.FromTensor(torch.zeros([4L, 8L, 8L], dtype: torch.uint8), torch.tensor([0, 1, 1, label]));
        FluentActions.Invoking(() => FeatureClassifier.Train(images)).Should().Throw<ArgumentException>()
            .WithMessage($"a label is {label}*of 3 labels that there are*without gaps*");
    }
}
