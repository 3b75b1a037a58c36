using System.Globalization;

namespace VaeToolkit.Samples;

/// <summary>What one run came to.</summary>
/// <param name="MarginalKl">KL(q(z) ‖ p(z)) of the aggregated posterior of test images, nats.</param>
/// <param name="AverageKl">KL(q(z|x) ‖ p(z)) of a test image, nats.</param>
/// <param name="Reconstruction">Squared error of a test image, z drawn from its posterior.</param>
/// <param name="TrainingError">The same of training images, on which the constraint is set.</param>
/// <param name="Seconds">Seconds of training.</param>
internal sealed record Outcome(double MarginalKl, double AverageKl, double Reconstruction, double TrainingError, double Seconds)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"marginal KL {MarginalKl:F2} of {AverageKl:F2} nats, reconstruction {Reconstruction:F2} "
            + $"(training {TrainingError:F2}), {Seconds:F0} s");
}
