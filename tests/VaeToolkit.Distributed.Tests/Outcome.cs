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

    /// <summary>The largest difference, relative to the larger of 1 and the number; infinite where one alone is no number.</summary>
    public static double Largest(IEnumerable<double> own, IEnumerable<double> others)
        => own.Zip(others, (a, b) => a.Equals(b) ? 0 : Math.Abs(a - b) / Math.Max(1, Math.Abs(b)))
            .Select(difference => double.IsNaN(difference) ? double.PositiveInfinity : difference).Append(0).Max();
}
