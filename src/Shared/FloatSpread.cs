namespace VaeToolkit;

/// <summary>When numbers from 32-bit floats are one but for rounding: the rule for all that is divided by a spread.</summary>
internal static class FloatSpread
{
    // What resampling and sums leave of a constant differs by a few units in the last place.
    private const double Rounding = 1e-6;

    /// <summary>Whether the least and the greatest of some numbers differ by no more than a millionth of their size.</summary>
    public static bool IsConstant(double least, double most) => most - least <= Rounding * Math.Max(Math.Abs(least), Math.Abs(most));
}
