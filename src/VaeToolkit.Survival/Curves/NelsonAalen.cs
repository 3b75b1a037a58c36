namespace VaeToolkit.Survival;

/// <summary>
/// The estimate of the cumulative hazard of Nelson (1972) and Aalen (1978): H(t) = Σ_{tᵢ ≤ t} dᵢ/nᵢ over the distinct event times,
/// with dᵢ events among the nᵢ patients still followed just before tᵢ.
/// </summary>
public sealed class NelsonAalen
{
    private readonly double[] _times;
    private readonly double[] _variances;

    private NelsonAalen(TimeCounts[] steps, double followUp)
    {
        _times = [.. steps.Select(step => step.Time)];
        _variances = new double[steps.Length];
        var values = new double[steps.Length];
        var (hazard, variance) = (0.0, 0.0);
        for (var i = 0; i < steps.Length; i++)
        {
            double atRisk = steps[i].Followed, events = steps[i].Events;
            values[i] = hazard += events / atRisk;
            _variances[i] = variance += events / (atRisk * atRisk);
        }
        Hazard = new(_times, values, followUp);
    }

    /// <summary>The estimated cumulative hazard; it jumps at the distinct event times and is known up to the longest follow-up.</summary>
    public CumulativeHazard Hazard { get; }

    /// <summary>Estimates the cumulative hazard. Without any event it is 0 up to the longest follow-up.</summary>
    /// <param name="patients">The patients.</param>
    public static NelsonAalen Fit(SurvivalTimes patients)
    {
        ArgumentNullException.ThrowIfNull(patients);
        var counts = TimeCounts.Of(patients);
        return new([.. counts.Where(at => at.Events > 0)], counts[^1].Time);
    }

    /// <summary>Aalen's standard error of H(t): √(Σ_{tᵢ ≤ t} dᵢ/nᵢ²); NaN after the end of follow-up.</summary>
    /// <param name="time">The time, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or NaN.</exception>
    public double StandardError(double time)
    {
        StepTimes.RequireTime(time, nameof(time));
        var jumps = StepTimes.CountUpTo(_times, time);
        return time > Hazard.FollowUp ? double.NaN : jumps == 0 ? 0 : Math.Sqrt(_variances[jumps - 1]);
    }

    /// <summary>Times of events, cumulative hazards and their standard errors, a line each.</summary>
    public override string ToString()
        => TextTable.Shortened(["time", "cumulative hazard", "standard error"], _times.Length,
            i => [TextTable.Number(_times[i], 6), TextTable.Number(Hazard.Values[i]), TextTable.Number(Math.Sqrt(_variances[i]))]);
}
