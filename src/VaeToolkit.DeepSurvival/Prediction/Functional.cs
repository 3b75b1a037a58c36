namespace VaeToolkit.DeepSurvival;

/// <summary>
/// A number of a mixture with its draws' influences g: to first order, changing the weights by dw changes the number by Σ dw g, and Σ w
/// g = 0. Influences of two treatments over the same draws subtract, which is how a difference gets its error.
/// </summary>
internal readonly record struct Functional(double Value, double[] Influence)
{
    public double StandardError(ReadOnlySpan<double> weights)
    {
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
            sum += weights[i] * weights[i] * Influence[i] * Influence[i];
        return Math.Sqrt(sum);
    }

    public Functional Minus(Functional other)
    {
        var difference = new double[Influence.Length];
        for (var i = 0; i < difference.Length; i++)
            difference[i] = Influence[i] - other.Influence[i];
        return new(Value - other.Value, difference);
    }
}
