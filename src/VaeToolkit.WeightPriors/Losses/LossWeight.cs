namespace VaeToolkit.WeightPriors;

/// <summary>The check that weights and exponents of losses share.</summary>
internal static class LossWeight
{
    internal static double Required(double value, string name) => value >= 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be a finite number of at least 0");
}
