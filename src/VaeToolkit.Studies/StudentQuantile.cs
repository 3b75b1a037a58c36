using MathNet.Numerics;

namespace VaeToolkit.Studies;

/// <summary>Quantiles of Student's distribution at any level: MathNet's search for them gives up at high ones.</summary>
internal static class StudentQuantile
{
    /// <summary>t with P(−t &lt; T &lt; t) = <paramref name="level"/>, which is between 0 and 1.</summary>
    public static double TwoSided(double freedom, double level)
    {
        return LogarithmicBisection.Find(IsWithin);

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
