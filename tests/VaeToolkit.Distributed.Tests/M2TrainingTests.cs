using TorchSharp;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>M2's three stages by ranks.</summary>
public sealed class M2TrainingTests
{
    private readonly LabelSpace _labels = new(3);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ranks_go_through_the_stages_of_one_process(bool preFlight)
    {
        using var data = new SemiSupervisedData(
            Experiment.Data(count: 30, seed: 13, labelled: true), Experiment.Data(), _labels, labelledBatch: 20);
        var alone = Train(Make(), data, preFlight, null);
        var models = new[] { Make(), Make() };
        var outcomes = new double[2][];
        RankThreads.Run(2, exchange => outcomes[exchange.Rank] = Train(models[exchange.Rank], data, preFlight, exchange));
        outcomes[1].Should().Equal(outcomes[0]);
        Outcome.Largest(outcomes[0], alone).Should().BeLessThan(2e-5);
    }

    [Fact]
    public void Data_that_one_rank_alone_cannot_use_end_all_before_the_first_stage()
    {
        var models = new[] { Make(), Make() };
        var failures = new Exception[2];
        RankThreads.Run(2, exchange =>
        {
            // Outside of Bernoulli pixels.
            using var items = new TensorData(torch.full([61, 12], exchange.Rank == 1 ? 3.0 : 0.5));
            using var data = new SemiSupervisedData(
                Experiment.Data(count: 30, seed: 13, labelled: true), items, _labels, labelledBatch: 20);
            failures[exchange.Rank] = FluentActions.Invoking(() => Train(models[exchange.Rank], data, preFlight: false, exchange))
                .Should().Throw<Exception>().Which;
        });
        failures[1].Should().BeOfType<PreFlightException>();
        failures[0].Should().BeOfType<RankFailedException>().Which.Reason.Should().StartWith("PreFlightException: ");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ranks_of_which_one_alone_leaves_out_the_pre_flight_are_refused(bool allStages)
    {
        var models = new[] { Make(), Make() };
        var failures = ShortRun.Failures(2, exchange =>
        {
            using var data = new SemiSupervisedData(
                Experiment.Data(count: 30, seed: 13, labelled: true), Experiment.Data(), _labels, labelledBatch: 20);
            if (allStages)
            {
                Train(models[exchange.Rank], data, preFlight: exchange.Rank == 0, exchange);
                return;
            }
            using var model = models[exchange.Rank];
            var stage = Experiment.Short with { PreFlight = exchange.Rank == 0, Exchange = exchange };
            M2Training.FitClassifier(model, data, new() { Classifier = stage });
        });
        failures.Should().AllBeOfType<ArgumentException>()
            .And.OnlyContain(failure => failure.Message.EndsWith("Rank 1: PreFlight is False, on rank 0 True", StringComparison.Ordinal));
    }

    private static double[] Train(M2Model model, SemiSupervisedData data, bool preFlight, IExchange? exchange)
    {
        using (model)
        {
            var stage = Experiment.Short with { Epochs = 2, PreFlight = preFlight, Exchange = exchange };
            var results = M2Training.Fit(model, data, new() { Classifier = stage, Generative = stage, Joint = stage });
            return [.. results.SelectMany(result => result.History).Select(epoch => epoch.TrainLoss),
                .. model.parameters().SelectMany(weight => weight.Values())];
        }
    }

    private M2Model Make()
    {
        using var seed = SeedScope.Begin(3);
        return new(
            new ConditionalVae(
                new MlpConditionalEncoder(12, 3, 3, [16]), new MlpConditionalDecoder(3, 3, [16], ObservationModel.Bernoulli(12)),
                new StandardNormalPrior(3)),
            new MlpClassifier(12, [8], 3), _labels);
    }
}
