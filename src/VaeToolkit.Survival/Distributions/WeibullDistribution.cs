using MathNet.Numerics;

namespace VaeToolkit.Survival;

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
    private const double LargeShape = 64;

    // ζ(2), ζ(3) and so on.
    private static readonly double[] s_zeta =
    [
        1.6449340668482264, 1.2020569031595942, 1.0823232337111382, 1.0369277551433699, 1.0173430619844491, 1.0083492773819228,
        1.0040773561979443, 1.0020083928260822, 1.0009945751278181, 1.0004941886041195, 1.0002460865533080, 1.0001227133475785,
    ];

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

    /// <summary>E[y] = λ Γ(1 + 1/k); infinite where it is above what a double can hold.</summary>
    public double Mean
    {
        get
        {
            var factor = SpecialFunctions.Gamma(1 + (1 / Shape));
            return double.IsFinite(factor) ? Scale * factor : FromLog(LogGamma(1 + (1 / Shape)));
        }
    }

    /// <summary>Var[y] = λ² (Γ(1 + 2/k) − Γ(1 + 1/k)²); infinite where it is above what a double can hold.</summary>
    public double Variance
    {
        get
        {
            var (first, second) = (SpecialFunctions.Gamma(1 + (1 / Shape)), SpecialFunctions.Gamma(1 + (2 / Shape)));
            if (Shape > LargeShape)
                return Math.Pow(Scale / Shape * first * Math.Sqrt(MomentRatio(1 / Shape)), 2);
            // Where the second moment overflows, the square of the first is nothing beside it.
            return double.IsFinite(second) ? Scale * Scale * (second - (first * first))
                : Math.Exp((2 * Math.Log(Scale)) + LogGamma(1 + (2 / Shape)));
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
        var ratio = time / Scale;
        return ratio is 0 or double.PositiveInfinity ? Math.Exp(Shape * LogRatio(time)) : Math.Pow(ratio, Shape);
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
        var power = Shape == 1 ? 0 : (Shape - 1) * LogRatio(time);
        return Math.Log(Shape) - Math.Log(Scale) + power;
    }

    /// <summary>h(y) = f(y)/S(y).</summary>
    /// <param name="time">y, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative or NaN.</exception>
    public double Hazard(double time) => Math.Exp(LogHazard(time));

    /// <summary>ln f(y) = ln h(y) + ln S(y).</summary>
    /// <param name="time">y, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative or NaN.</exception>
    public double LogDensity(double time)
    {
        var logSurvival = LogSurvival(time);
        // At the far end the hazard may be infinite too.
        return double.IsNegativeInfinity(logSurvival) ? logSurvival : LogHazard(time) + logSurvival;
    }

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
        var reach = -SpecialFunctions.Log1p(-probability);
        var factor = Math.Pow(reach, 1 / Shape);
        return factor is 0 or double.PositiveInfinity && reach > 0 ? FromLog(Math.Log(reach) / Shape) : Scale * factor;
    }

    /// <summary>
    /// The restricted mean survival time E[min(y, τ)] = ∫₀^τ S(u) du = λ Γ(1 + 1/k) P(1/k, (τ/λ)^k),
    /// with P the regularised lower incomplete gamma function.
    /// </summary>
    /// <param name="horizon">τ, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="horizon"/> is negative or NaN.</exception>
    public double RestrictedMean(double horizon)
    {
        var (reach, inverse) = (CumulativeHazard(horizon), 1 / Shape);
        if (horizon == 0 || double.IsPositiveInfinity(horizon))
            return horizon == 0 ? 0 : Mean;
        // As τ times a series it neither vanishes for a small reach nor overflows for a small shape.
        return Math.Min(horizon, reach < 1 + inverse ? horizon * IncompleteGamma.Series(inverse, reach)
            : double.IsInfinity(reach) ? Mean : Mean * SpecialFunctions.GammaLowerRegularized(inverse, reach));
    }

    /// <summary>The scale and the shape.</summary>
    public override string ToString() => FormattableString.Invariant($"Weibull, scale {Scale:G6}, shape {Shape:G6}");

    /// <summary>
    /// (Γ(1 + 2x)/Γ(1 + x)² − 1)/x² for small x, where the difference would be rounding, by
    /// ln Γ(1 + 2x) − 2 ln Γ(1 + x) = Σ_n (−1)^n ζ(n) (2^n − 2)/n x^n.
    /// </summary>
    private static double MomentRatio(double x)
    {
        var sum = 0.0;
        for (var n = s_zeta.Length + 1; n >= 2; n--)
            sum = (s_zeta[n - 2] * (Math.ScaleB(1, n) - 2) / n) - (x * sum);
        var logarithm = sum * x * x;
        return logarithm == 0 ? sum : sum * SpecialFunctions.Expm1(logarithm) / logarithm;
    }

    /// <summary>ln(y/λ), also where y/λ itself is out of range.</summary>
    private double LogRatio(double time)
    {
        var ratio = time / Scale;
        return ratio is 0 or double.PositiveInfinity ? Math.Log(time) - Math.Log(Scale) : Math.Log(ratio);
    }

    private static double LogGamma(double x) => double.IsPositiveInfinity(x) ? x : SpecialFunctions.GammaLn(x);

    /// <summary>λ e^x, also where e^x itself is out of range.</summary>
    private double FromLog(double exponent) => Math.Exp(Math.Log(Scale) + exponent);

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
