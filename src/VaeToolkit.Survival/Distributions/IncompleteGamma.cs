using MathNet.Numerics;

namespace VaeToolkit.Survival;

/// <summary>The lower incomplete gamma function where its argument is small, for which MathNet's is 0.</summary>
internal static class IncompleteGamma
{
    /// <summary>An argument below which one is to be preferred to MathNet's.</summary>
    public const double Small = 1e-8;

    /// <summary>P(a, x) = γ(a, x)/Γ(a).</summary>
    public static double LowerRegularized(double shape, double x)
        => x == 0 ? 0 : Math.Exp((shape * Math.Log(x)) - SpecialFunctions.GammaLn(1 + shape)) * Series(shape, x);

    /// <summary>
    /// γ(a, x) a/x^a = e^(-x) Σ_n x^n/((a + 1) … (a + n)), of positive terms; between 0 and 1, and quick where x is not far above a.
    /// </summary>
    public static double Series(double shape, double x)
    {
        var (term, sum) = (1.0, 1.0);
        for (var n = 1; term > sum * 1e-17; n++)
            sum += term *= x / (shape + n);
        return Math.Exp(-x) * sum;
    }
}
