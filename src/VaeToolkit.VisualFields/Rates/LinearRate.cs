using MathNet.Numerics;

namespace VaeToolkit.VisualFields;

/// <summary>
/// One series over time by least squares: y(t) = a + b t + e. Times need not be regular; series and times are centred first, so that times
/// far from zero, such as calendar years, lose nothing.
/// </summary>
public sealed record LinearRate
{
    // Numbers that differ by less than this share of their size are equal up to the rounding of whatever computed them.
    private const double Rounding = 1e-12;

    // The unit in which values and times are reckoned with, 2 to this power, which rounds nothing: squares neither overflow nor vanish.
    private readonly int _valueUnit;
    private readonly int _timeUnit;

    private readonly double _meanTime;
    private readonly double _meanValue;
    private readonly double _slope;
    private readonly double _spread;
    private readonly double _weight;
    private readonly double? _variance;

    // Slope, spread and variance in these units, for which there may be no number in the values' own.
    private LinearRate(
        (int Value, int Time) units, double slope, double meanTime, double meanValue, double spread, double weight, double? variance,
        int freedom)
    {
        ((_valueUnit, _timeUnit), _slope, _meanTime, _meanValue) = (units, slope, meanTime, meanValue);
        (_spread, _weight, _variance, DegreesOfFreedom) = (spread, weight, variance, freedom);
    }

    /// <summary>b, by year.</summary>
    public double Slope => Math.ScaleB(_slope, _valueUnit - _timeUnit);

    /// <summary>a, the line at year 0.</summary>
    public double Intercept => At(0);

    /// <summary>n − 2.</summary>
    public int DegreesOfFreedom { get; }

    /// <summary>
    /// Σ w e² / (n − 2): with weights, the factor by which the true variances are those that the weights stand for. Null where two
    /// values leave no degree of freedom.
    /// </summary>
    public double? ResidualVariance => _variance is { } variance ? Math.ScaleB(variance, 2 * _valueUnit) : null;

    /// <summary>The standard error of the slope; null where two values leave no degree of freedom.</summary>
    public double? SlopeError => Error is { } error ? Math.ScaleB(error, _valueUnit - _timeUnit) : null;

    /// <summary>
    /// b over its standard error. A series that does not change at all has 0, one on a perfect slope an infinite one. Null where two values
    /// leave no degree of freedom.
    /// </summary>
    public double? T => Error is { } error ? _slope == 0 ? 0 : _slope / error : null;

    /// <summary>The two-sided p-value of b = 0 by Student's distribution; null where two values leave no degree of freedom.</summary>
    public double? PValue => T is { } t ? Beyond(Math.Abs(t), DegreesOfFreedom) : null;

    /// <summary>Fits a line.</summary>
    /// <param name="years">The times, at least two of them different.</param>
    /// <param name="values">A value for each; NaN, with its time, is left out.</param>
    /// <param name="weights">A weight for each, positive, such as 1 / variance; null for equal ones.</param>
    /// <exception cref="ArgumentException">Fewer than two values are left, all are of one time, the lists have different lengths, a number
    /// is infinite, or a weight is not positive.</exception>
    public static LinearRate Fit(IReadOnlyList<double> years, IReadOnlyList<double> values, IReadOnlyList<double>? weights = null)
    {
        ArgumentNullException.ThrowIfNull(years);
        ArgumentNullException.ThrowIfNull(values);
        Require(years, values, weights);
        if (ExplainTooFew(years, values) is { } fault)
            throw new ArgumentException(fault, Kept(values).Length < 2 ? nameof(values) : nameof(years));
        int[] kept = Kept(values);
        double Weight(int i) => weights?[i] ?? 1;
        var total = kept.Sum(Weight);
        var (time, value) = (Mean(years), Mean(values));
        var units = (Value: Unit(i => values[i]), Time: Unit(i => years[i] - time));
        double Time(int i) => Math.ScaleB(years[i] - time, -units.Time);
        double Value(int i) => Math.ScaleB(values[i] - value, -units.Value);
        var spread = kept.Sum(i => Weight(i) * Time(i) * Time(i));
        var freedom = kept.Length - 2;
        if (AreOne(values))
            return new(units, 0, time, value, spread, total, freedom == 0 ? null : 0, freedom);
        var slope = kept.Sum(i => Weight(i) * Time(i) * Value(i)) / spread;
        var squares = kept.Sum(i => Weight(i) * Math.Pow(Value(i) - slope * Time(i), 2));
        return new(units, slope, time, value, spread, total, freedom == 0 ? null : squares / freedom, freedom);

        int Unit(Func<int, double> of) => Math.Max(-1000, Math.ILogB(Math.Max(double.Epsilon, kept.Max(i => Math.Abs(of(i))))));

        bool AreOne(IReadOnlyList<double> of) => IsOne(kept.Min(i => of[i]), kept.Max(i => of[i]));

        // Less the first, which all share: rounding then is of the differences' size.
        double Mean(IReadOnlyList<double> of) => of[kept[0]] + kept.Sum(i => Weight(i) * (of[i] - of[kept[0]])) / total;
    }

    /// <summary>The line at a time.</summary>
    /// <param name="years">The time.</param>
    public double At(double years) => _meanValue + Math.ScaleB(_slope * FromMean(years), _valueUnit);

    /// <summary>
    /// The standard error of the next single value at a time, s √(1 + 1 / Σw + (t − t̄)² / Σw(t − t̄)²), of weight 1; null
    /// where two values leave no degree of freedom.
    /// </summary>
    /// <param name="years">The time.</param>
    public double? PredictionError(double years) => _variance is { } variance
        ? Math.ScaleB(Math.Sqrt(variance * (1 + 1 / _weight + FromMean(years) * FromMean(years) / _spread)), _valueUnit) : null;

    /// <summary>The slope with its error and p-value.</summary>
    public override string ToString() => SlopeError is null
        ? FormattableString.Invariant($"{Slope:G4} a year, of two values")
        : FormattableString.Invariant($"{Slope:G4} ± {SlopeError:G3} a year, p {PValue:G3}");

    // P(|T| > t). Of the two shares, which add up to 1, the smaller one has the digits: from t = 1 on that is the one beyond t, whatever
    // the degrees of freedom; which of the two has the smaller argument says nothing of it.
    private static double Beyond(double t, double freedom)
    {
        var ratio = t / freedom * t;
        return double.IsInfinity(ratio) ? 0
            : t < 1 ? 1 - SpecialFunctions.BetaRegularized(0.5, freedom / 2, ratio / (1 + ratio))
            : SpecialFunctions.BetaRegularized(freedom / 2, 0.5, 1 / (1 + ratio));
    }

    private double? Error => _variance is { } variance ? Math.Sqrt(variance / _spread) : null;

    private double FromMean(double years) => Math.ScaleB(years - _meanTime, -_timeUnit);

    /// <summary>Why a line cannot be fitted to what is there, or null.</summary>
    internal static string? ExplainTooFew(IReadOnlyList<double> years, IReadOnlyList<double> values)
    {
        var kept = Kept(values);
        if (kept.Length < 2)
            return $"{kept.Length} of {values.Count} values are there; a line needs two";
        return IsOne(kept.Min(i => years[i]), kept.Max(i => years[i]))
            ? FormattableString.Invariant($"all values are of year {years[kept[0]]}; a line needs two different times") : null;
    }

    private static int[] Kept(IReadOnlyList<double> values)
        => [.. Enumerable.Range(0, values.Count).Where(i => !double.IsNaN(values[i]))];

    /// <summary>Whether numbers from the least to the most are one number but for rounding.</summary>
    internal static bool IsOne(double least, double most) => most - least <= Rounding * Math.Max(Math.Abs(least), Math.Abs(most));

    /// <summary>What the square of a difference between numbers up to a size is at most, if it is rounding.</summary>
    internal static double RoundingSquared(double size) => Rounding * size * (Rounding * size);

    private static void Require(IReadOnlyList<double> years, IReadOnlyList<double> values, IReadOnlyList<double>? weights)
    {
        if (values.Count != years.Count || (weights is not null && weights.Count != years.Count))
            throw new ArgumentException($"there are {years.Count} times, {values.Count} values"
                + (weights is null ? "" : $" and {weights.Count} weights") + "; they must be equally many", nameof(values));
        if (years.FirstOrDefault(time => !double.IsFinite(time)) is var time && !double.IsFinite(time))
            throw new ArgumentException(FormattableString.Invariant($"a time is {time}; times must be finite"), nameof(years));
        if (values.Any(double.IsInfinity))
            throw new ArgumentException("a value is infinite; leave it out as NaN", nameof(values));
        if (weights is not null && weights.Any(weight => !(weight > 0 && double.IsFinite(weight))))
            throw new ArgumentException($"the weights are {string.Join(", ", weights.Select(w => FormattableString.Invariant($"{w}")))}; "
                + "each must be a positive number", nameof(weights));
    }
}
