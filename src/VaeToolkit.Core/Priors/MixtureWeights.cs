namespace VaeToolkit;

/// <summary>Checks of mixture weights that a user gives as probabilities.</summary>
internal static class MixtureWeights
{
    private const double Tolerance = 1e-6;

    /// <summary>Their logarithms, or zeros (uniform) for null.</summary>
    internal static double[] Logits(IReadOnlyList<double>? probabilities, long components, string name)
    {
        if (probabilities is null)
            return new double[components];
        if (probabilities.Count != components)
            throw new ArgumentException(
                $"there are {probabilities.Count} weights for {components} components; there must be one for each", name);
        foreach (var weight in probabilities)
        {
            if (!(weight > 0 && double.IsFinite(weight)))
                throw new ArgumentException(
                    FormattableString.Invariant($"a weight is {weight}; every weight must be a number above 0"), name);
        }
        var sum = probabilities.Sum();
        if (Math.Abs(sum - 1) > Tolerance)
            throw new ArgumentException(
                FormattableString.Invariant($"the weights sum to {sum}; they must sum to 1 (within {Tolerance})"), name);
        return [.. probabilities.Select(weight => Math.Log(weight))];
    }
}
