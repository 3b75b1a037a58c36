using MathNet.Numerics;

namespace VaeToolkit.Survival;

/// <summary>A test of the hypothesis that all coefficients are 0.</summary>
/// <param name="Statistic">The statistic, distributed as χ² where the hypothesis holds and there are many events.</param>
/// <param name="DegreesOfFreedom">The number of coefficients.</param>
public sealed record TestStatistic(double Statistic, int DegreesOfFreedom)
{
    /// <summary>The probability of a statistic at least as large under the hypothesis.</summary>
    public double PValue
    {
        get
        {
            var (shape, half) = (DegreesOfFreedom / 2.0, Math.Max(Statistic, 0) / 2);
            return DegreesOfFreedom == 0 ? 1
                : half < IncompleteGamma.Small ? 1 - IncompleteGamma.LowerRegularized(shape, half)
                : double.IsPositiveInfinity(half) ? 0 : SpecialFunctions.GammaUpperRegularized(shape, half);
        }
    }

    /// <summary>The statistic, its degrees of freedom and p.</summary>
    public override string ToString()
        => $"χ² {TextTable.Number(Statistic)} on {DegreesOfFreedom} degrees of freedom, p {TextTable.PValue(PValue)}";
}
