using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Tests;

namespace VaeToolkit.Boosting.Tests.Classification;

public sealed class IncrementalClassifierTests : IDisposable
{
    private static readonly string s_version = typeof(Vae).Assembly.GetName().Version!.ToString(3);

    private static readonly IncrementalOptions s_options =
        new() { Passes = 25, BatchSize = 20, LearningRate = 2e-2, PriorDeviation = 1, InitialLogVariance = -6, PredictionSamples = 5 };
    private readonly ImageData _images = TinyNetwork.Bars(40, 1);
    private readonly ImageData _test = TinyNetwork.Bars(25, 2);

    public void Dispose()
    {
        _images.Dispose();
        _test.Dispose();
    }

    [Fact]
    public void The_mixture_keeps_the_first_task_that_fine_tuning_forgets_and_joint_training_knows_all()
    {
        double[] Accuracies(IncrementalMethod method)
        {
            using var classifier = Learned(method);
            var accuracy = classifier.Accuracy(_test);
            accuracy.Overall.Should().BeApproximately(accuracy.ByTask.Average(), 1e-12, "the tasks have as many images");
            return [.. accuracy.ByTask];
        }

        var (mixture, fineTuning) = (Accuracies(IncrementalMethod.Mixture), Accuracies(IncrementalMethod.FineTuning));
        fineTuning[0].Should().BeLessThan(0.2);
        fineTuning[1].Should().BeGreaterThan(0.9);
        mixture[0].Should().BeGreaterThan(fineTuning[0] + 0.3);
        mixture.Average().Should().BeGreaterThan(fineTuning.Average());
        Accuracies(IncrementalMethod.Joint).Should().OnlyContain(accuracy => accuracy > 0.9);
    }

    [Fact]
    public void A_tight_previous_posterior_holds_the_weights_where_fine_tuning_moves_them()
    {
        double Moved(IncrementalMethod method)
        {
            using var classifier = new IncrementalClassifier(
                TinyNetwork.Create(), _images, method, s_options with { Passes = 8, InitialLogVariance = -11 });
            classifier.Learn([0, 1]);
            var before = classifier.Posterior!.Components.Means.Values();
            classifier.Learn([2, 3]);
            return classifier.Posterior!.Components.Means.Values().Zip(before, (after, start) => (after - start) * (after - start)).Sum();
        }

        Moved(IncrementalMethod.PreviousPosterior).Should().BeLessThan(Moved(IncrementalMethod.FineTuning) / 4);
    }

    [Fact]
    public void Only_the_mixture_gains_components_and_their_weights_are_equal_or_the_tasks_shares()
    {
        using var mixture = Learned(IncrementalMethod.Mixture, s_options with { Passes = 1 });
        mixture.Posterior!.Weights.Should().Equal(0.5, 0.5);
        using var shares = new IncrementalClassifier(
            TinyNetwork.Create(), _images, IncrementalMethod.Mixture, s_options with { Passes = 1, WeightsByImages = true });
        shares.Learn([0, 1, 2]);
        shares.Learn([3]);
        shares.Posterior!.Weights.Zip([0.75, 0.25]).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
        foreach (var method in new[] { IncrementalMethod.FineTuning, IncrementalMethod.PreviousPosterior, IncrementalMethod.Joint })
        {
            using var single = Learned(method, s_options with { Passes = 1 });
            single.Posterior!.Weights.Should().Equal(1.0);
        }
    }

    [Fact]
    public void An_earlier_component_stays_as_it_was()
    {
        using var classifier = new IncrementalClassifier(
            TinyNetwork.Create(), _images, IncrementalMethod.Mixture, s_options with { Passes = 1 });
        classifier.Learn([0, 1]);
        var first = classifier.Posterior!.Components.Means.Values();
        classifier.Learn([2, 3]);
        classifier.Posterior!.Components.Means.Values()[..first.Length].Should().Equal(first);
    }

    [Fact]
    public void The_first_component_alone_still_knows_its_task()
    {
        using var classifier = Learned(IncrementalMethod.Mixture);
        using var scope = torch.NewDisposeScope();
        using var alone = new NormalMixture(classifier.Posterior!.Components.Select(0), [1]);
        using var predictor = new NetworkPredictor(TinyNetwork.Create(), alone);
        using var task = _test.Select(
            [.. Enumerable.Range(0, (int)_test.Count).Where(row => row % TinyNetwork.Classes < 2).Select(row => (long)row)]);
        predictor.Accuracy(task).Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void The_same_seed_gives_the_same_posterior_and_no_tensor_is_left()
    {
        double[] Run(long seed)
        {
            using var classifier = Learned(IncrementalMethod.Mixture, s_options with { Passes = 2, Seed = seed });
            using var scope = torch.NewDisposeScope();
            return [classifier.Accuracy(_test).Overall, .. classifier.Posterior!.Components.Means.Values()];
        }

        var first = Run(3);
        var before = Reference.LiveTensors();
        Run(3).Should().Equal(first);
        (torch.Tensor.TotalCount - 4).Should().Be(before, "each of two tasks has candidates of two parameters, mean and spread");
        Run(4).Should().NotEqual(first);
    }

    [Fact]
    public void A_classifier_that_was_saved_goes_on_and_predicts_as_the_one_that_was_not()
    {
        using var folder = new TemporaryFolder();
        using var classifier = new IncrementalClassifier(
            TinyNetwork.Create(), _images, IncrementalMethod.Mixture, s_options with { Passes = 2, Seed = 5 });
        classifier.Invoking(empty => empty.Save(folder["none"])).Should().Throw<InvalidOperationException>().WithMessage("*Learn first*");
        classifier.Learn([0, 1]);
        classifier.Save(folder["first"]);
        using var loaded = IncrementalClassifier.Load(folder["first"], _images);
        loaded.ToString().Should().Be(classifier.ToString());
        loaded.Learn([2, 3]);
        classifier.Learn([2, 3]);
        using var scope = torch.NewDisposeScope();
        loaded.Posterior!.Components.Means.Values().Should().Equal(classifier.Posterior!.Components.Means.Values());

        loaded.Save(folder["both"]);
        using var predictor = NetworkPredictor.Load(folder["both"]);
        using var own = classifier.Predictor();
        var images = torch.rand(3, 1, 12, 12);
        predictor.Probabilities(images).Values().Should().Equal(own.Probabilities(images).Values());
    }

    [Fact]
    public void A_saved_classifier_says_what_its_last_task_was_learned_from()
    {
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        var pixels = torch.full([6L, 12L, 12L], 51, torch.uint8);
        pixels[5] = 255;
        using var images = ImageData.FromTensor(pixels, torch.tensor(new long[] { 0, 1, 0, 2, 3, 3 }));
        using var classifier = new IncrementalClassifier(
            TinyNetwork.Create(), images, IncrementalMethod.Mixture, s_options with { Passes = 1, BatchSize = 2, Seed = 5 });
        classifier.TrainedWith.Should().BeNull();
        classifier.Learn([0, 1]);
        Require(classifier.TrainedWith!, items: 3, most: 0.2);
        classifier.Learn([2, 3]);
        classifier.Save(folder["both"]);
        using var loaded = IncrementalClassifier.Load(folder["both"], images);
        using var own = loaded.Predictor();
        using var predictor = NetworkPredictor.Load(folder["both"]);
        foreach (var record in new[] { loaded.TrainedWith, own.TrainedWith, predictor.TrainedWith })
            Require(record!, items: 3, most: 1);
        loaded.Save(folder["again"]);
        using var again = NetworkPredictor.Load(folder["again"]);
        again.TrainedWith.Should().BeEquivalentTo(classifier.TrainedWith);

        static void Require(TrainingRecord record, long items, double most)
        {
            (record.Objective, record.Items, record.LibraryVersion).Should().Be(("NetworkPosterior", items, s_version));
            record.Least.Should().BeApproximately(0.2, 1e-7, "51 of 255");
            record.Most.Should().BeApproximately(most, 1e-7);
            record.ItemShape.Should().Equal(1, 12, 12);
            record.Settings.Should().Contain("Method", "Mixture").And.Contain("Passes", "1").And.Contain("PriorDeviation", "1");
        }
    }

    [Fact]
    public void A_cancelled_task_leaves_what_was_learned_before()
    {
        using var classifier = new IncrementalClassifier(
            TinyNetwork.Create(), _images, IncrementalMethod.Mixture, s_options with { Passes = 2 });
        classifier.Learn([0, 1]);
        using var source = new CancellationTokenSource();
        FluentActions.Invoking(() => classifier.Learn([2, 3], new CancelAfterPass(source), source.Token))
            .Should().Throw<OperationCanceledException>();
        classifier.Tasks.Should().ContainSingle();
        classifier.Posterior!.Weights.Should().Equal(1.0);
        classifier.Learn([2, 3]).Accepted.Should().BeTrue();
    }

    [Fact]
    public void Bad_input_is_named()
    {
        using var classifier = new IncrementalClassifier(
            TinyNetwork.Create(), _images, IncrementalMethod.Mixture, s_options with { Passes = 1 });
        FluentActions.Invoking(() => classifier.Accuracy(_test)).Should().Throw<InvalidOperationException>().WithMessage("*Learn first*");
        classifier.Learn([0, 1]);
        FluentActions.Invoking(() => classifier.Learn([])).Should().Throw<ArgumentException>().WithMessage("*no classes*");
        FluentActions.Invoking(() => classifier.Learn([2, 1]))
            .Should().Throw<ArgumentException>().WithMessage("*class 1 was learned before*");
        FluentActions.Invoking(() => classifier.Learn([2, 2])).Should().Throw<ArgumentException>().WithMessage("*2, 2*once*");
        FluentActions.Invoking(() => classifier.Learn([2, 7])).Should().Throw<ArgumentException>().WithMessage("*no images of class 7*");
        classifier.Tasks.Should().ContainSingle();
        FluentActions.Invoking(() => Make(s_options with { Passes = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Passes*");
        FluentActions.Invoking(() => Make(s_options with { Passes = 2, WarmUpPasses = 5 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*WarmUpPasses must be at most Passes, 2*ends at 0.4*");
        FluentActions.Invoking(() => Make(s_options with { PriorDeviation = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*PriorDeviation*");
        FluentActions.Invoking(() => Make(s_options with { RatioWeight = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*RatioWeight*");
        FluentActions.Invoking(() => new IncrementalClassifier(new([1, 12, 12], [3], [4], classes: 3), _images, IncrementalMethod.Joint))
            .Should().Throw<ArgumentException>().WithMessage("*label is 3*3 classes*");
    }

    private void Make(IncrementalOptions options)
        => new IncrementalClassifier(TinyNetwork.Create(), _images, IncrementalMethod.Joint, options).Dispose();

    private IncrementalClassifier Learned(IncrementalMethod method, IncrementalOptions? options = null)
    {
        var classifier = new IncrementalClassifier(TinyNetwork.Create(), _images, method, options ?? s_options);
        classifier.Learn([0, 1]);
        classifier.Learn([2, 3]);
        return classifier;
    }

    private sealed class CancelAfterPass(CancellationTokenSource source) : IProgress<LikelihoodPass>
    {
        public void Report(LikelihoodPass value) => source.Cancel();
    }
}
