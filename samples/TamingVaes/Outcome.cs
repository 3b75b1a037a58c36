using System.Globalization;

namespace VaeToolkit.Samples;

/// <summary>What one run came to.</summary>
/// <param name="MarginalKl">KL(q(z) ‖ p(z)) of the aggregated posterior of test images, nats.</param>
/// <param name="AverageKl">KL(q(z|x) ‖ p(z)) of a test image, nats.</param>
/// <param name="Reconstruction">Squared error of a test image, z drawn from its posterior.</param>
/// <param name="TrainingError">The same of training images, on which the constraint is set.</param>
/// <param name="Dimensions">D, values of an image.</param>
/// <param name="Seconds">Seconds of training.</param>
internal sealed record Outcome(
    double MarginalKl, double AverageKl, double Reconstruction, double TrainingError, long Dimensions, double Seconds)
{
    private const double LevelWidth = 1.0 / 255;

    /// <summary>
    /// The bound's bits for one value of a test image: (KL − E[log p(x|z)]) / (D log 2), with grey levels under a normal distribution of
    /// the variance that the training images' error has. The likelihood of variance 1 that all are trained with is only there to weigh
    /// the error: as a distribution of pixels it is the same for everyone, and far too wide.
    /// </summary>
    public double BitsPerDimension
    {
        get
        {
            var variance = TrainingError / Dimensions;
            var reconstruction = Reconstruction / (2 * variance)
                + Dimensions * (0.5 * Math.Log(2 * Math.PI * variance) - Math.Log(LevelWidth));
            return (AverageKl + reconstruction) / (Dimensions * Math.Log(2));
        }
    }

    /// <summary>The figures by name.</summary>
    public Dictionary<string, double> Figures => new()
    {
        ["marginal_kl"] = MarginalKl,
        ["average_kl"] = AverageKl,
        ["reconstruction"] = Reconstruction,
        ["training_error"] = TrainingError,
        ["bits_per_dimension"] = BitsPerDimension,
        ["seconds"] = Seconds,
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"marginal KL {MarginalKl:F2} of {AverageKl:F2} nats, reconstruction {Reconstruction:F2} "
            + $"(training {TrainingError:F2}), {BitsPerDimension:F2} bits a value, {Seconds:F0} s");
}
