using MathNet.Numerics;

namespace VaeToolkit.Molecules;

/// <summary>Quantiles of the χ distribution for any share: MathNet's of χ² are infinite for shares near 1.</summary>
internal static class ChiQuantile
{
    // Both ends of ln r, beyond which r² is no number, and halvings that leave nothing but rounding.
    private const double Furthest = 350;
    private const int Halvings = 100;

    // Below, MathNet's incomplete gamma function may be 0, and its first term is all of it.
    private const double Small = 1e-8;

    /// <summary>r with P(‖z‖ &lt; r) = <paramref name="share"/>, which is between 0 and 1, for normal z of so many features.</summary>
    public static double Of(int features, double share)
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
