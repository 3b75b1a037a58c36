namespace VaeToolkit.Distributed.Tests;

/// <summary>What a training came to: every number of its epochs, and the weights.</summary>
internal sealed record Outcome(double[] Numbers, double[] Weights)
{
    /// <summary>The largest difference of two numbers, and of two weights, each relative to the larger of 1 and the number.</summary>
    public (double Numbers, double Weights) DifferenceFrom(Outcome other)
    {
        (Numbers.Length, Weights.Length).Should().Be((other.Numbers.Length, other.Weights.Length));
        return (Largest(Numbers, other.Numbers), Largest(Weights, other.Weights));
    }

    private static double Largest(double[] own, double[] others)
        => own.Zip(others, (a, b) => Math.Abs(a - b) / Math.Max(1, Math.Abs(b))).Append(0).Max();
}
