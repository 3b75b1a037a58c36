namespace VaeToolkit.Molecules;

/// <summary>Numbers that are to be learned.</summary>
internal static class Targets
{
    // Numbers that differ by less than this share of their size are equal up to the rounding of whatever computed them.
    private const double Rounding = 1e-12;

    /// <summary>
    /// Whether the numbers, at least one and finite, are one number but for rounding: then there is nothing to divide by.
    /// </summary>
    public static bool AreConstant(IReadOnlyCollection<double> values)
        => values.Max() - values.Min() <= Rounding * Math.Max(Math.Abs(values.Min()), Math.Abs(values.Max()));
}
