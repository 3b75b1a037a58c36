namespace VaeToolkit;

/// <summary>Finds where a growing share of positive numbers reaches a level, by halves of their logarithms.</summary>
internal static class LogarithmicBisection
{
    // Both ends of ln x, beyond which x² is no number, and halvings that leave nothing but rounding.
    private const double Furthest = 350;
    private const int Halvings = 100;

    /// <summary>The x &gt; 0 below which <paramref name="isWithin"/> of ln x is true, and above which it is not.</summary>
    public static double Find(Func<double, bool> isWithin)
    {
        var (low, high) = (-Furthest, Furthest);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            if (isWithin(middle))
                low = middle;
            else
                high = middle;
        }
        return Math.Exp((low + high) / 2);
    }
}
