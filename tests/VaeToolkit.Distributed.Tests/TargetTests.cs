using VaeToolkit.Training;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Networks that ranks train on a target.</summary>
public sealed class TargetTests : IDisposable
{
    private static readonly UNet3dOptions s_network = new() { Widths = [4, 8], Classes = 1 };
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("target-by-ranks-");
    private readonly SegmentationData _data = SegmentationTests.Volumes();

    public void Dispose()
    {
        _data.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(TargetMethod.RandomStart, TargetMethod.GaussianPrior, "model is BayesianUNet3d, on rank 0 UNet3d")]
    [InlineData(TargetMethod.GaussianPrior, TargetMethod.RandomStart, "model is UNet3d, on rank 0 BayesianUNet3d")]
    public void Ranks_with_other_methods_are_refused_by_the_models_name(TargetMethod first, TargetMethod second, string difference)
    {
        var source = SourceTraining.Run(
            s_network, _data, new() { Networks = 2, Training = new() { Steps = 2, Cycles = 1 } }, _folder.FullName);
        using var priors = SourcePriors.Learn(source, new() { Vae = new() { Steps = 2 } });
        var failures = ShortRun.Failures(2, exchange =>
        {
            try
            {
                new TargetTraining(s_network, source, priors).Train(
                    exchange.Rank == 0 ? first : second, _data,
                    options: new() { Training = new() { Steps = 1, Exchange = exchange } }).Dispose();
            }
            catch (ArgumentException)
            {
                // They can talk to each other afterwards.
                exchange.Barrier();
                throw;
            }
        });
        failures.Should().AllBeOfType<ArgumentException>().And.OnlyContain(failure => failure.Message.StartsWith(
            "the ranks do not train the same: Rank 1: ", StringComparison.Ordinal) && failure.Message.Contains(difference));
    }
}
