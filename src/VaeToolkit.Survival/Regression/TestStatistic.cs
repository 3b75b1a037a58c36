using MathNet.Numerics;

namespace VaeToolkit.Survival.Regression;

/// <summary>A test of the hypothesis that all coefficients are 0.</summary>
/// <param name="Statistic">The statistic, distributed as χ² where the hypothesis holds and there are many events.</param>
/// <param name="DegreesOfFreedom">The number of coefficients.</param>
public sealed record TestStatistic(double Statistic, int DegreesOfFreedom)
{
    /// <summary>The probability of a statistic at least as large under the hypothesis.</summary>
    public double PValue => DegreesOfFreedom == 0 ? 1
        : SpecialFunctions.GammaUpperRegularized(DegreesOfFreedom / 2.0, Math.Max(Statistic, 0) / 2);
}
