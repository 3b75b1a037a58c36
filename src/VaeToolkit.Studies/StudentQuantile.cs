using MathNet.Numerics;

namespace VaeToolkit.Studies;

/// <summary>Quantiles of Student's distribution at any level: MathNet's search for them gives up at high ones.</summary>
internal static class StudentQuantile
{
    // Both ends of ln t, beyond which t² is no number, and halvings that leave nothing but rounding.
    private const double Furthest = 350;
    private const int Halvings = 100;

    /// <summary>t with P(−t &lt; T &lt; t) = <paramref name="level"/>, which is between 0 and 1.</summary>
    public static double TwoSided(double freedom, double level)
    {
        var (low, high) = (-Furthest, Furthest);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            if (IsWithin(middle))
                low = middle;
            else
                high = middle;
        }
        return Math.Exp((low + high) / 2);

        // Of the two shares the smaller is compared, which has the digits.
        bool IsWithin(double logarithm)
        {
            var ratio = Math.Exp(2 * logarithm) / freedom;
            return level < 0.5
                ? SpecialFunctions.BetaRegularized(0.5, freedom / 2, ratio / (1 + ratio)) < level
                : SpecialFunctions.BetaRegularized(freedom / 2, 0.5, 1 / (1 + ratio)) > 1 - level;
        }
    }
}
