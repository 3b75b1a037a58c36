using TorchSharp;
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

    private static Vae Model(params long[] hidden) => new(
        new MlpEncoder(12, 3, hidden.Length == 0 ? [16] : hidden), new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)),
        new StandardNormalPrior(3));
}
