namespace VaeToolkit.Survival;

/// <summary>
/// A survival function S(t) = P(T > t) that is a right-continuous step function: 1 before the first time, and from each time on its value.
/// It is known up to the end of follow-up; after that it is NaN, unless it has reached 0.
/// </summary>
public sealed class SurvivalCurve
{
    // Products that ought to be exactly one half come out a few rounding errors above it.
    private const double QuantileTolerance = 1e-12;

    private readonly double[] _times;
    private readonly double[] _values;

    /// <summary>Keeps a copy of the steps.</summary>
    /// <param name="times">The times of the jumps <c>[T]</c>, positive and increasing; there may be none.</param>
    /// <param name="values">The survival from each time on <c>[T]</c>, in 0 to 1 and never increasing.</param>
    /// <param name="followUp">The last time at which the curve is known, not before the last jump.</param>
    /// <exception cref="ArgumentException">Times do not increase, or values are not one per time, in 0 to 1,
    /// and never increasing.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Follow-up is not positive or ends before the last jump.</exception>
    public SurvivalCurve(IReadOnlyList<double> times, IReadOnlyList<double> values, double followUp)
    {
        ArgumentNullException.ThrowIfNull(times);
        ArgumentNullException.ThrowIfNull(values);
        _times = [.. times];
        _values = [.. values];
        StepTimes.RequireSteps(_times, _values, followUp);
        for (var i = 0; i < _values.Length; i++)
            if (!(_values[i] >= 0 && _values[i] <= (i == 0 ? 1 : _values[i - 1])))
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"Value {i} is {_values[i]}; survival starts from at most 1, never increases, and is at least 0."),
                    nameof(values));
        FollowUp = followUp;
    }

    /// <summary>The times of the jumps <c>[T]</c>.</summary>
    public IReadOnlyList<double> Times => _times;

    /// <summary>The survival from each jump on <c>[T]</c>.</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>The last time at which the curve is known.</summary>
    public double FollowUp { get; }

    /// <summary>The smallest time with S(t) at most one half, or NaN where the curve never falls that low.</summary>
    public double Median => Quantile(0.5);

    /// <summary>
    /// S(t), the survival just after <paramref name="time"/>; NaN after the end of follow-up unless the curve has reached 0.
    /// </summary>
    /// <param name="time">The time, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or NaN.</exception>
    public double At(double time)
    {
        StepTimes.RequireTime(time, nameof(time));
        return Known(StepTimes.CountUpTo(_times, time), time);
    }

    /// <summary>
    /// S(t-), the survival just before <paramref name="time"/>; NaN after the end of follow-up unless the curve has reached 0.
    /// </summary>
    /// <param name="time">The time, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or NaN.</exception>
    public double Before(double time)
    {
        StepTimes.RequireTime(time, nameof(time));
        return Known(StepTimes.CountBefore(_times, time), time);
    }

    /// <summary>The time inf{t: S(t) ≤ 1 - <paramref name="probability"/>}, or NaN where the curve never falls that low.</summary>
    /// <param name="probability">The share of patients with an event by then, above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not between 0 and 1.</exception>
    public double Quantile(double probability)
    {
        if (!(probability > 0 && probability < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability must be above 0 and below 1.");
        var level = 1 - probability + QuantileTolerance;
        var first = Array.FindIndex(_values, value => value <= level);
        return first < 0 ? double.NaN : _times[first];
    }

    /// <summary>
    /// The restricted mean survival time ∫₀^τ S(t) dt, the mean time lived up to τ; NaN where τ is after the end of follow-up and
    /// the curve has not reached 0.
    /// </summary>
    /// <param name="horizon">The horizon τ, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The horizon is negative or NaN.</exception>
    public double RestrictedMean(double horizon)
    {
        StepTimes.RequireTime(horizon, nameof(horizon));
        return Area(0, horizon);
    }

    /// <summary>The median and the steps, a line each.</summary>
    public override string ToString()
        => FormattableString.Invariant($"survival until {FollowUp}, median {Median}") + Environment.NewLine
            + TextTable.Shortened(
                ["time", "survival"], _times.Length, i => [TextTable.Number(_times[i], 6), TextTable.Number(_values[i])]);

    /// <summary>∫ S(t) dt between two times.</summary>
    internal double Area(double from, double to)
    {
        var area = 0.0;
        var start = from;
        var value = At(from);
        for (var i = StepTimes.CountUpTo(_times, from); i < _times.Length && _times[i] < to; i++)
        {
            area += value * (_times[i] - start);
            (start, value) = (_times[i], _values[i]);
        }
        return to > FollowUp && value > 0 ? double.NaN : area + value * (to - start);
    }

    private double Known(int jumps, double time)
    {
        var value = jumps == 0 ? 1 : _values[jumps - 1];
        return time > FollowUp && value > 0 ? double.NaN : value;
    }
}
