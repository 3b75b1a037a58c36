using TorchSharp;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Predictions that ranks divide are one process's.</summary>
public sealed class PredictionTests
{
    // Batches of 500: two ranks have the last one for one of them alone, four have a rank without any.
    private const int Items = 1203;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Reports_on_a_classifier_are_the_same_to_the_last_bit(int ranks)
    {
        using var data = Experiment.Data(Items, seed: 4, labelled: true);
        foreach (var report in new Func<M2Model, IExchange?, ClassificationReport>[]
                 {
                     (model, exchange) => ClassificationReport.Of(model, data, exchange),
                     (model, exchange) => ClassificationReport.Of(model.Classifier, data, exchange),
                 })
        {
            var (alone, divided) = ByRanks(ranks, Model, report);
            divided.Should().AllSatisfy(own => Numbers(own).Should().Equal(Numbers(alone)));
            alone.Items.Should().Be(Items);
        }

        static double[] Numbers(ClassificationReport report) =>
        [
            report.Accuracy, report.AccuracyStandardError, report.CalibrationError, report.LogLoss, report.Information, report.Items,
            .. report.Confusion.SelectMany(row => row).Select(count => (double)count),
        ];
    }

    // Three batches of five volumes.
    [Theory]
    [InlineData(false, 2)]
    [InlineData(false, 3)]
    [InlineData(true, 2)]
    [InlineData(true, 4)]
    public void Predictions_of_volumes_are_the_same_to_the_last_bit(bool bayesian, int ranks)
    {
        using var scope = torch.NewDisposeScope();
        using var data = SegmentationTests.Volumes();
        var volumes = data.Take([0, 1, 2, 3, 4]).Items;
        var (alone, divided) = ByRanks(ranks, () => SegmentationTests.Make(bayesian), (network, exchange) =>
        {
            using var own = Segmentation.Predict(network, volumes, new() { Samples = 3, Seed = 6, Exchange = exchange });
            return Numbers(own);
        });
        divided.Should().AllSatisfy(own => own.Should().Equal(alone));
        alone.Should().HaveCountGreaterThan(5 * 4 * 512);

        static double[] Numbers(SegmentationPrediction own) =>
        [
            .. own.Probabilities.Values(), .. own.Entropy.Values(), .. own.MutualInformation.Values(), .. own.StandardDeviation.Values(),
            .. own.ForegroundVoxels.SelectMany(sample => sample).Select(count => (double)count),
        ];
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void What_draws_is_divided_by_hand_with_a_seed_for_every_item(int ranks)
    {
        using var scope = torch.NewDisposeScope();
        using var data = Experiment.Data(7, seed: 4);
        var items = data.InOrder(7).Select(batch => batch.Items.clone()).First();
        var (alone, divided) = ByRanks(ranks, Model, (model, exchange) =>
        {
            var (first, count) = exchange?.ShareOf(7) ?? (0, 7);
            double[] own = [.. Enumerable.Range((int)first, (int)count).SelectMany(
                item => model.ClassifyByEvidence(items.narrow(0, item, 1), samples: 5, seed: item).Values())];
            return exchange?.Collect(own, items: 7, each: 3) ?? own;
        });
        divided.Should().AllSatisfy(own => own.Should().Equal(alone));
    }

    [Theory]
    [InlineData("weights", "'classifier.*")]
    [InlineData("items", "data is *")]
    public void Ranks_that_report_on_something_else_are_refused_by_its_name(string other, string difference)
    {
        var models = new[] { Model(), Model(seedOfWeights: other == "weights" ? 5 : 3) };
        RequireRefusal(difference, exchange =>
        {
            using var data = Experiment.Data(20, seed: other == "items" ? 4 + exchange.Rank : 4, labelled: true);
            ClassificationReport.Of(models[exchange.Rank], data, exchange);
        });
        Array.ForEach(models, model => model.Dispose());
    }

    [Theory]
    [InlineData("samples", "Samples is 4, on rank 0 3")]
    [InlineData("volumes", "volumes is *")]
    public void Ranks_that_predict_something_else_are_refused_by_its_name(string other, string difference)
    {
        using var scope = torch.NewDisposeScope();
        using var data = SegmentationTests.Volumes();
        var volumes = data.Take([0, 1, 2]).Items;
        var reversed = volumes.flip(0);
        var networks = new[] { SegmentationTests.Make(bayesian: true), SegmentationTests.Make(bayesian: true) };
        RequireRefusal(difference, exchange => Segmentation.Predict(
            networks[exchange.Rank], other == "volumes" && exchange.Rank == 1 ? reversed : volumes,
            new() { Samples = other == "samples" ? 3 + exchange.Rank : 3, Exchange = exchange }).Dispose());
    }

    [Fact]
    public void One_that_is_cancelled_on_one_rank_ends_on_all()
    {
        using var scope = torch.NewDisposeScope();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        using var data = SegmentationTests.Volumes();
        var volumes = data.Take([0, 1, 2]).Items;
        using var rows = Experiment.Data(20, seed: 4, labelled: true);
        var networks = new[] { SegmentationTests.Make(bayesian: false), SegmentationTests.Make(bayesian: false) };
        var models = new[] { Model(), Model() };
        ShortRun.Failures(2, exchange => Segmentation.Predict(
            networks[exchange.Rank], volumes, new() { Exchange = exchange },
            cancellationToken: exchange.Rank == 0 ? cancelled.Token : default)).Should().AllBeOfType<OperationCanceledException>();
        ShortRun.Failures(2, exchange => ClassificationReport.Of(
                models[exchange.Rank], rows, exchange, exchange.Rank == 1 ? cancelled.Token : default))
            .Should().AllBeOfType<OperationCanceledException>();
    }

    [Fact]
    public void An_item_that_has_no_answer_is_named_by_its_place_among_all()
    {
        using var scope = torch.NewDisposeScope();
        using var data = SegmentationTests.Volumes();
        var volumes = data.Take([0, 1, 2, 3, 4]).Items.clone();
        volumes[3] = volumes[3] * 3e38;
        var networks = new[] { SegmentationTests.Make(bayesian: false), SegmentationTests.Make(bayesian: false) };
        var failures = ShortRun.Failures(
            2, exchange => Segmentation.Predict(networks[exchange.Rank], volumes.clamp(-3e38, 3e38), new() { Exchange = exchange }));
        failures[1].Should().BeOfType<ArithmeticException>().Which.Message.Should().StartWith("the answer for item 3 of volumes is NaN");
        failures[0].Should().BeOfType<RankFailedException>().Which.Rank.Should().Be(1);
    }

    // A model for the one process, and one for each rank, made one after the other since all draw from torch's own generator.
    private static (T Alone, T[] Divided) ByRanks<TModel, T>(int ranks, Func<TModel> make, Func<TModel, IExchange?, T> predict)
        where TModel : torch.nn.Module
    {
        var models = Enumerable.Range(0, ranks).Select(_ => make()).ToArray();
        var threads = torch.get_num_threads();
        // For all: products of more threads may add up in another order.
        torch.set_num_threads(1);
        try
        {
            var alone = predict(models[0], null);
            var divided = new T[ranks];
            RankThreads.Run(ranks, exchange => divided[exchange.Rank] = predict(models[exchange.Rank], exchange));
            return (alone, divided);
        }
        finally
        {
            torch.set_num_threads(threads);
            Array.ForEach(models, model => model.Dispose());
        }
    }

    private static void RequireRefusal(string difference, Action<IExchange> main)
    {
        var failures = ShortRun.Failures(2, main);
        failures.Should().AllBeOfType<ArgumentException>();
        failures.Select(failure => failure.Message).Should().AllSatisfy(
            message => message.Should().Match($"the ranks do not evaluate the same: Rank 1: *{difference}"));
    }

    private static M2Model Model() => Model(seedOfWeights: 3);

    private static M2Model Model(long seedOfWeights)
        => (M2Model)new Experiment("m2", Experiment.Short).Make(seedOfWeights).Model;
}
