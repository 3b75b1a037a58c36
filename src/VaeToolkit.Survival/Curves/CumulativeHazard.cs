namespace VaeToolkit.Survival;

/// <summary>
/// A cumulative hazard H(t) that is a right-continuous step function: 0 before the first time, and from each time on its value. It is known
/// up to the end of follow-up and NaN after that.
/// </summary>
public sealed class CumulativeHazard
{
    private readonly double[] _times;
    private readonly double[] _values;

    /// <summary>Keeps a copy of the steps.</summary>
    /// <param name="times">The times of the jumps <c>[T]</c>, positive and increasing; there may be none.</param>
    /// <param name="values">The cumulative hazard from each time on <c>[T]</c>, 0 or more and never decreasing.</param>
    /// <param name="followUp">The last time at which the hazard is known, not before the last jump.</param>
    /// <exception cref="ArgumentException">Times do not increase, or values are not one per time, 0 or more,
    /// and never decreasing.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Follow-up is not positive or ends before the last jump.</exception>
    public CumulativeHazard(IReadOnlyList<double> times, IReadOnlyList<double> values, double followUp)
    {
        ArgumentNullException.ThrowIfNull(times);
        ArgumentNullException.ThrowIfNull(values);
        _times = [.. times];
        _values = [.. values];
        StepTimes.RequireSteps(_times, _values, followUp);
        for (var i = 0; i < _values.Length; i++)
            if (!(_values[i] >= (i == 0 ? 0 : _values[i - 1])))
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"Value {i} is {_values[i]}; a cumulative hazard starts at 0 and never decreases."), nameof(values));
        FollowUp = followUp;
    }

    /// <summary>The times of the jumps <c>[T]</c>.</summary>
    public IReadOnlyList<double> Times => _times;

    /// <summary>The cumulative hazard from each jump on <c>[T]</c>.</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>The last time at which the hazard is known.</summary>
    public double FollowUp { get; }

    /// <summary>H(t), with the jump at <paramref name="time"/> itself; NaN after the end of follow-up.</summary>
    /// <param name="time">The time, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or NaN.</exception>
    public double At(double time)
    {
        StepTimes.RequireTime(time, nameof(time));
        var jumps = StepTimes.CountUpTo(_times, time);
        return time > FollowUp ? double.NaN : jumps == 0 ? 0 : _values[jumps - 1];
    }

    /// <summary>The survival curve S(t) = exp(-r H(t)).</summary>
    /// <param name="relativeRisk">The factor r on the hazard, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is negative or NaN.</exception>
    public SurvivalCurve ToSurvival(double relativeRisk = 1)
    {
        if (!(relativeRisk >= 0))
            throw new ArgumentOutOfRangeException(nameof(relativeRisk), relativeRisk, "A relative risk must be 0 or more.");
        return new(_times, [.. _values.Select(value => Survival(value, relativeRisk))], FollowUp);
    }

    /// <summary>e^(-H r): 1 before the first event whatever the risk, which is infinite where it overflows.</summary>
    internal static double Survival(double hazard, double relativeRisk) => hazard == 0 ? 1 : Math.Exp(-hazard * relativeRisk);

    /// <summary>The steps, a line each.</summary>
    public override string ToString()
        => TextTable.Shortened(
            ["time", "cumulative hazard"], _times.Length, i => [TextTable.Number(_times[i], 6), TextTable.Number(_values[i])]);
}
