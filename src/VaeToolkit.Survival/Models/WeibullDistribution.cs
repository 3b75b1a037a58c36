using MathNet.Numerics;

namespace VaeToolkit.Survival.Models;

/// <summary>
/// The Weibull distribution of a time y &gt; 0 with scale λ and shape k: S(y) = exp(−(y/λ)^k) and f(y) = (k/λ) (y/λ)^(k−1) S(y),
/// in float64.
/// </summary>
/// <remarks>
/// Other software orders and names the two otherwise: R's <c>survreg</c> reports an intercept ln λ and a scale 1/k, lifelines
/// <c>lambda_</c> and <c>rho_</c>. Logarithms are natural, and times are in the unit of λ.
/// </remarks>
public readonly record struct WeibullDistribution
{
    /// <summary>Makes the distribution.</summary>
    /// <param name="scale">λ, positive and finite: the time by which 1 − 1/e of all events have happened.</param>
    /// <param name="shape">k, positive and finite: the hazard falls with time below 1 and rises above.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is not positive and finite.</exception>
    public WeibullDistribution(double scale, double shape)
    {
        RequirePositive(scale, nameof(scale));
        RequirePositive(shape, nameof(shape));
        (Scale, Shape) = (scale, shape);
    }

    /// <summary>λ.</summary>
    public double Scale { get; }

    /// <summary>k.</summary>
    public double Shape { get; }

    /// <summary>E[y] = λ Γ(1 + 1/k).</summary>
    public double Mean => Scale * SpecialFunctions.Gamma(1 + 1 / Shape);

    /// <summary>Var[y] = λ² (Γ(1 + 2/k) − Γ(1 + 1/k)²).</summary>
    public double Variance
    {
        get
        {
            var first = SpecialFunctions.Gamma(1 + 1 / Shape);
            return Scale * Scale * (SpecialFunctions.Gamma(1 + 2 / Shape) - first * first);
        }
    }

    /// <summary>The time by which half of all events have happened, λ (ln 2)^(1/k).</summary>
    public double Median => Quantile(0.5);

    /// <summary>H(y) = (y/λ)^k = −ln S(y).</summary>
    /// <param name="time">y, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative or NaN.</exception>
    public double CumulativeHazard(double time)
    {
        RequireTime(time, nameof(time));
        return Math.Pow(time / Scale, Shape);
    }

    /// <summary>ln S(y) = −(y/λ)^k.</summary>
    /// <param name="time">y, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative or NaN.</exception>
    public double LogSurvival(double time) => -CumulativeHazard(time);

    /// <summary>S(y) = P(event after y).</summary>
    /// <param name="time">y, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative or NaN.</exception>
    public double Survival(double time) => Math.Exp(-CumulativeHazard(time));

    /// <summary>
    /// ln of the hazard h(y) = f(y)/S(y): ln k − ln λ + (k − 1) ln(y/λ). At y = 0 it is +∞ for k &lt; 1 and −∞ for k &gt; 1.
    /// </summary>
    /// <param name="time">y, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative or NaN.</exception>
    public double LogHazard(double time)
    {
        RequireTime(time, nameof(time));
        // 0 × ln 0 of the exponential distribution is 0, not NaN.
        var power = Shape == 1 ? 0 : (Shape - 1) * Math.Log(time / Scale);
        return Math.Log(Shape) - Math.Log(Scale) + power;
    }

    /// <summary>h(y) = f(y)/S(y).</summary>
    /// <param name="time">y, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative or NaN.</exception>
    public double Hazard(double time) => Math.Exp(LogHazard(time));

    /// <summary>ln f(y) = ln h(y) + ln S(y).</summary>
    /// <param name="time">y, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative or NaN.</exception>
    public double LogDensity(double time) => LogHazard(time) + LogSurvival(time);

    /// <summary>f(y).</summary>
    /// <param name="time">y, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative or NaN.</exception>
    public double Density(double time) => Math.Exp(LogDensity(time));

    /// <summary>The time y with P(event by y) = p: λ (−ln(1 − p))^(1/k).</summary>
    /// <param name="probability">p, from 0 (time 0) up to but not 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is outside [0, 1).</exception>
    public double Quantile(double probability)
    {
        if (!(probability >= 0 && probability < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability must be at least 0 and below 1.");
        return Scale * Math.Pow(-double.LogP1(-probability), 1 / Shape);
    }

    /// <summary>
    /// The restricted mean survival time E[min(y, τ)] = ∫₀^τ S(u) du = λ Γ(1 + 1/k) P(1/k, (τ/λ)^k),
    /// with P the regularised lower incomplete gamma function.
    /// </summary>
    /// <param name="horizon">τ, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="horizon"/> is negative or NaN.</exception>
    public double RestrictedMean(double horizon)
    {
        var reach = CumulativeHazard(horizon);
        return double.IsInfinity(reach) ? Mean : Mean * SpecialFunctions.GammaLowerRegularized(1 / Shape, reach);
    }


    private static void RequirePositive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(name, value, "A Weibull parameter must be positive and finite.");
    }

    private static void RequireTime(double time, string name)
    {
        if (!(time >= 0))
            throw new ArgumentOutOfRangeException(name, time, "A time must be a number of at least 0.");
    }
}
