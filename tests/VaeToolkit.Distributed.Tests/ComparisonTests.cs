using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Training;
using static VaeToolkit.Distributed.Tests.ShortRun;

namespace VaeToolkit.Distributed.Tests;

/// <summary>What ranks have to have in common, and what is said of it where they have not.</summary>
public sealed class ComparisonTests
{
    [Fact]
    public void Ranks_that_augment_the_same_pictures_otherwise_are_refused()
    {
        var failures = Failures(2, exchange =>
        {
            using var pictures = Experiment.Data(shape: [1, 4, 3]);
            using var data = new AugmentedData(pictures, new() { Shift = 1 + exchange.Rank });
            using var vae = Model();
            Trainer.Fit(vae, new Elbo(), data, options: Experiment.Short with { Exchange = exchange });
        });
        failures.Should().AllBeOfType<ArgumentException>().And.OnlyContain(
            failure => failure.Message == "the ranks do not train the same: Rank 1: training data is Augmentation none mirrored, shifted "
                + "by up to 2 pixels, on rank 0 Augmentation none mirrored, shifted by up to 1 pixels");
    }

    [Fact]
    public void Loops_of_ones_own_on_other_kinds_of_devices_are_refused()
    {
        var failures = Failures(2, exchange =>
        {
            using var layer = torch.nn.Linear(2, 1).to(exchange.Rank == 1 ? torch.META : torch.CPU);
            using var beside = torch.nn.Linear(2, 1).to(exchange.Rank == 1 ? torch.META : torch.CPU);
            RankedRun.Of(exchange, layer, new Dictionary<string, string>(), () => 0, [beside]);
        });
        failures.Should().AllBeOfType<ArgumentException>().And.OnlyContain(
            failure => failure.Message == "the ranks do not train the same: Rank 1: kind of device is META, on rank 0 CPU; "
                + "part 1 beside the model's kind of device is META, on rank 0 CPU");
    }

    [Fact]
    public void Networks_that_one_rank_computes_in_another_precision_are_refused_in_training_and_evaluation()
    {
        var training = Failures(2, exchange =>
        {
            using var encoder = In(PrecisionOf(exchange));
            RankedRun.Of(exchange, encoder, new Dictionary<string, string>(), () => 0);
        });
        training.Should().AllBeOfType<ArgumentException>().And.OnlyContain(
            failure => failure.Message == "the ranks do not train the same: Rank 1: how the model is used is precision bfloat16, "
                + "on rank 0 precision full");
        var evaluation = Failures(2, exchange =>
        {
            using var data = Experiment.Data();
            using var vae = Model(In(PrecisionOf(exchange)));
            Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 2, Exchange = exchange });
        });
        evaluation.Should().AllBeOfType<ArgumentException>().And.OnlyContain(failure => failure.Message.StartsWith(
            "the ranks do not evaluate the same: Rank 1: how the model is used is encoder.precision bfloat16, ", StringComparison.Ordinal));

        static MlpEncoder In(MatrixPrecision precision) => new(12, 3, [16], new() { Precision = precision });

        static MatrixPrecision PrecisionOf(IExchange exchange) => exchange.Rank == 1 ? MatrixPrecision.BFloat16 : MatrixPrecision.Full;
    }

    [Fact]
    public void All_that_differs_is_said_of_data_that_are_too_large_to_be_read()
    {
        var failures = Failures(2, exchange =>
        {
            using var data = new LargeData(exchange.Rank);
            using var vae = Model(new MlpEncoder(12, 3, exchange.Rank == 1 ? [16, 16] : [16]));
            Trainer.Fit(vae, new Elbo(), data, options: Experiment.Short with { Seed = 5 + exchange.Rank, Exchange = exchange });
        });
        failures.Should().AllBeOfType<ArgumentException>();
        failures[0].Message.Should().Contain("Rank 1: model's description is ").And.Contain("; Seed is 6, on rank 0 5; ")
            .And.Contain("; training items is LargeData, 1073741824 items [12], 22369621 of them looked at, SHA-256 ");
    }

    private static Vae Model(Encoder? encoder = null) => new(
        encoder ?? new MlpEncoder(12, 3, [16]), new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3));

    // Says that there are more than are read, and gives a few of them; in order is all, which takes too long.
    private sealed class LargeData(int value) : DataSource
    {
        public override long Count => 1L << 30;

        public override IReadOnlyList<long> ItemShape => [12];

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
        {
            using var batch = new Batch(torch.full([2, 12], value / 2f));
            yield return batch;
        }

        public override IEnumerable<Batch> InOrder(int size, long seed = 0) => throw new NotSupportedException("that would read all");

        protected override void Dispose(bool disposing)
        {
        }
    }
}
