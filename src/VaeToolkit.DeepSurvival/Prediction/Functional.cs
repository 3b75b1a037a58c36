namespace VaeToolkit.DeepSurvival;

/// <summary>
/// A number of a mixture with its draws' influences g: to first order, changing the weights by dw changes the number by Σ dw g, and Σ w
/// g = 0. Influences of two treatments over the same draws subtract, which is how a difference gets its error.
/// </summary>
internal readonly record struct Functional(double Value, double[] Influence)
{
    public double StandardError(ReadOnlySpan<double> weights)
    {
        // What is infinite is known to nothing.
        if (double.IsInfinity(Value))
            return double.PositiveInfinity;
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
            sum += weights[i] * weights[i] * Influence[i] * Influence[i];
        return double.IsFinite(sum) ? Math.Sqrt(sum) : OfLarge(weights);
    }

    // Divided by the largest term before squaring; what has no weight does not count.
    private double OfLarge(ReadOnlySpan<double> weights)
    {
        var (largest, sum) = (0.0, 0.0);
        for (var i = 0; i < weights.Length; i++)
            largest = weights[i] == 0 ? largest : Math.Max(largest, Math.Abs(weights[i] * Influence[i]));
        for (var i = 0; i < weights.Length && double.IsFinite(largest); i++)
            sum += weights[i] == 0 ? 0 : Math.Pow(weights[i] * Influence[i] / largest, 2);
        return double.IsFinite(largest) ? largest * Math.Sqrt(sum) : largest;
    }

    public Functional Minus(Functional other)
    {
        var difference = new double[Influence.Length];
        for (var i = 0; i < difference.Length; i++)
            difference[i] = Influence[i] - other.Influence[i];
        return new(Value - other.Value, difference);
    }
}
