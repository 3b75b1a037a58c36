namespace VaeToolkit;

/// <summary>
/// Counts from shares: 7 % of 100 are 7, which 100 · 0.07 = 7.000000000000001 puts above; 20 · (1 − 0.9) is below 2 by rounding.
/// </summary>
internal static class WholeCount
{
    // Of the number: more than a product and a difference of shares lose.
    private const double Rounding = 1e-14;

    /// <summary>The least whole number that is not below, but for rounding.</summary>
    public static long Ceiling(double value) => (long)Math.Ceiling(value - Math.Abs(value) * Rounding);

    /// <summary>The largest whole number that is not above, but for rounding.</summary>
    public static long Floor(double value) => (long)Math.Floor(value + Math.Abs(value) * Rounding);
}
