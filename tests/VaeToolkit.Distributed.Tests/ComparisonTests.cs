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
            failure => failure.Message == "the ranks do not train the same: Rank 1: training data is Augmentation none mirrored, shifted by "
                + "up to 2 pixels, on rank 0 Augmentation none mirrored, shifted by up to 1 pixels");
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

    private static Vae Model(Encoder? encoder = null) => new(
        encoder ?? new MlpEncoder(12, 3, [16]), new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3));
}
