namespace VaeToolkit.Distributed.Tests;

/// <summary>What a training came to: every number of its epochs, those of their validation, and the weights.</summary>
internal sealed record Outcome(double[] Training, double[] Validation, double[] Weights)
{
    /// <summary>The largest difference of two numbers of each kind, relative to the larger of 1 and the number.</summary>
    public (double Training, double Validation, double Weights) DifferenceFrom(Outcome other)
    {
        (Training.Length, Validation.Length, Weights.Length).Should().Be(
            (other.Training.Length, other.Validation.Length, other.Weights.Length));
        return (Largest(Training, other.Training), Largest(Validation, other.Validation), Largest(Weights, other.Weights));
    }

    private static double Largest(double[] own, double[] others)
        => own.Zip(others, (a, b) => Math.Abs(a - b) / Math.Max(1, Math.Abs(b))).Append(0).Max();
}
