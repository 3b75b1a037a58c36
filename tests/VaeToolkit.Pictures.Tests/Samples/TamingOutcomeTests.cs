using MathNet.Numerics.Distributions;
using VaeToolkit.Samples;

namespace VaeToolkit.Pictures.Tests.Samples;

/// <summary>The bits of a value that the sample TamingVaes prints for CIFAR-10.</summary>
public sealed class TamingOutcomeTests
{
    [Fact]
    public void Bits_are_the_bounds_with_the_probability_of_every_grey_level_under_a_normal_distribution()
    {
        double[] items = [3, 77, 128, 200, 250], reconstructions = [20, 60.5, 131, 180, 255];
        const double trainingError = 0.09;
        const double kl = 1.7;
        var (spread, nats, squares) = (255 * Math.Sqrt(trainingError / items.Length), kl, 0.0);
        foreach (var (item, mean) in items.Zip(reconstructions))
        {
            nats -= Math.Log(Normal.CDF(mean, spread, item + 0.5) - Normal.CDF(mean, spread, item - 0.5));
            squares += Math.Pow((item - mean) / 255, 2);
        }
        var outcome = new Outcome(
            MarginalKl: 0, AverageKl: kl, Reconstruction: squares, TrainingError: trainingError, Dimensions: items.Length, Seconds: 0);
        // A level's width is 0.03 of the spread, so the density is its probability to 0.03² / 24.
        outcome.BitsPerDimension.Should().BeApproximately(nats / items.Length / Math.Log(2), 1e-4);
        outcome.Figures["bits_per_dimension"].Should().Be(outcome.BitsPerDimension);
    }
}
