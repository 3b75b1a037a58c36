using MathNet.Numerics;

namespace VaeToolkit.Molecules;

/// <summary>Quantiles of the χ distribution for any share: MathNet's of χ² are infinite for shares near 1.</summary>
internal static class ChiQuantile
{
    // Below, MathNet's incomplete gamma function may be 0, and its first term is all of it.
    private const double Small = 1e-8;

    /// <summary>r with P(‖z‖ &lt; r) = <paramref name="share"/>, which is between 0 and 1, for normal z of so many features.</summary>
    public static double Of(int features, double share)
    {
        return LogarithmicBisection.Find(IsWithin);

        // Of the two shares the smaller is compared, which has the digits.
        bool IsWithin(double logarithm)
        {
            var (shape, half) = (features / 2.0, Math.Exp(2 * logarithm) / 2);
            return share < 0.5 ? Below(shape, half) < share : Above(shape, half) > 1 - share;
        }
    }

    private static double Below(double shape, double half) => half < Small
        ? Math.Exp((shape * Math.Log(half)) - SpecialFunctions.GammaLn(1 + shape))
        : SpecialFunctions.GammaLowerRegularized(shape, half);

    private static double Above(double shape, double half)
        => half < Small ? 1 - Below(shape, half) : SpecialFunctions.GammaUpperRegularized(shape, half);
}
