using MathNet.Numerics.Distributions;

namespace VaeToolkit.Survival;

/// <summary>
/// The product-limit estimate of a survival curve (Kaplan and Meier 1958): S(t) = Π_{tᵢ ≤ t} (1 - dᵢ/nᵢ) over the distinct event
/// times, with dᵢ events among the nᵢ patients still followed just before tᵢ; those censored at tᵢ count as followed. Errors are
/// Greenwood's.
/// </summary>
public sealed class KaplanMeier
{
    private readonly double[] _times;
    private readonly double[] _greenwood;

    private KaplanMeier(IReadOnlyCollection<(double Time, int AtRisk, int Events)> steps, double followUp)
    {
        _times = [.. steps.Select(step => step.Time)];
        AtRisk = [.. steps.Select(step => step.AtRisk)];
        EventCounts = [.. steps.Select(step => step.Events)];
        var values = new double[_times.Length];
        _greenwood = new double[_times.Length];
        var (survival, sum) = (1.0, 0.0);
        for (var i = 0; i < _times.Length; i++)
        {
            double atRisk = AtRisk[i], events = EventCounts[i];
            values[i] = survival *= (atRisk - events) / atRisk;
            _greenwood[i] = sum += events / (atRisk * (atRisk - events));
        }
        Curve = new(_times, values, followUp);
    }

    /// <summary>The estimated curve; it jumps at the distinct event times and is known up to the longest follow-up.</summary>
    public SurvivalCurve Curve { get; }

    /// <summary>The number at risk at each jump <c>[T]</c>.</summary>
    public IReadOnlyList<int> AtRisk { get; }

    /// <summary>The number of events at each jump <c>[T]</c>.</summary>
    public IReadOnlyList<int> EventCounts { get; }

    /// <summary>Estimates the survival curve. Without any event it is 1 up to the longest follow-up.</summary>
    /// <param name="patients">The patients.</param>
    public static KaplanMeier Fit(SurvivalTimes patients)
    {
        ArgumentNullException.ThrowIfNull(patients);
        return From(TimeCounts.Of(patients).Select(at => (at.Time, at.Followed, at.Events)));
    }

    /// <summary>
    /// Estimates the censoring distribution G(t) = P(C > t), for which being censored is the event: the weights of
    /// inverse-probability-of-censoring scores, and follow-up itself (reverse Kaplan-Meier; Schemper and Smith 1996).
    /// </summary>
    /// <param name="patients">The patients.</param>
    /// <param name="ties">Who is at risk of being censored at a time with events.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rule for ties is not one of the enumeration.</exception>
    public static KaplanMeier FitCensoring(SurvivalTimes patients, CensoringTies ties = CensoringTies.EventsFirst)
    {
        ArgumentNullException.ThrowIfNull(patients);
        _ = KnownChoice.Of(ties, nameof(ties));
        var gone = ties == CensoringTies.EventsFirst ? 1 : 0;
        return From(TimeCounts.Of(patients).Select(at => (at.Time, at.Followed - gone * at.Events, at.Censored)));
    }

    /// <summary>
    /// Greenwood's (1926) standard error of S(t): S(t) √(Σ_{tᵢ ≤ t} dᵢ/(nᵢ(nᵢ - dᵢ))).
    /// It is NaN where the curve is unknown or has reached 0.
    /// </summary>
    /// <param name="time">The time, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or NaN.</exception>
    public double StandardError(double time) => Curve.At(time) * Math.Sqrt(GreenwoodSum(time));

    /// <summary>
    /// A confidence interval of S(t) on the scale of log(-log S), which keeps it within 0 and 1: S^exp(±z √G / log S) with Greenwood's
    /// sum G (Kalbfleisch and Prentice 1980). Both ends are 1 before the first event, and NaN where the standard error is.
    /// </summary>
    /// <param name="time">The time, 0 or more.</param>
    /// <param name="level">The coverage, above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or NaN, or the level is not between 0 and 1.</exception>
    public (double Lower, double Upper) ConfidenceInterval(double time, double level = 0.95)
    {
        if (!(level > 0 && level < 1))
            throw new ArgumentOutOfRangeException(nameof(level), level, "A level must be above 0 and below 1.");
        var survival = Curve.At(time);
        if (survival == 1)
            return (1, 1);
        var width = Normal.InvCDF(0, 1, (1 + level) / 2) * Math.Sqrt(GreenwoodSum(time)) / Math.Log(survival);
        return (Math.Pow(survival, Math.Exp(-width)), Math.Pow(survival, Math.Exp(width)));
    }

    /// <summary>
    /// The standard error of the restricted mean ∫₀^τ S(t) dt: √(Σ_{tᵢ ≤ τ} (∫_{tᵢ}^τ S)² dᵢ/(nᵢ(nᵢ - dᵢ)))
    /// (Klein and Moeschberger 2003, eq. 4.5.2). A step to 0 adds nothing, since no area is left behind it. NaN where the restricted mean
    /// is.
    /// </summary>
    /// <param name="horizon">The horizon τ, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The horizon is negative or NaN.</exception>
    public double RestrictedMeanStandardError(double horizon)
    {
        if (double.IsNaN(Curve.RestrictedMean(horizon)))
            return double.NaN;
        // In units of the first area, which is the largest: the square of it there may be no number for.
        var (variance, unit) = (0.0, 0.0);
        for (var i = 0; i < _times.Length && _times[i] <= horizon; i++)
        {
            double area = Curve.Area(_times[i], horizon), atRisk = AtRisk[i], events = EventCounts[i];
            unit = Math.Max(unit, area);
            variance += atRisk == events || unit == 0 ? 0 : area / unit * (area / unit) * events / (atRisk * (atRisk - events));
        }
        return unit * Math.Sqrt(variance);
    }

    /// <summary>The table that R prints: times of events, at risk, events, survival, its standard error and 95 % interval.</summary>
    public override string ToString()
        => FormattableString.Invariant($"Kaplan-Meier until {Curve.FollowUp}, {EventCounts.Sum()} events, median {Curve.Median}")
            + Environment.NewLine + TextTable.Shortened(
                ["time", "at risk", "events", "survival", "standard error", "lower 95 %", "upper 95 %"], _times.Length, Row);

    private string[] Row(int i)
    {
        var (lower, upper) = ConfidenceInterval(_times[i]);
        return [TextTable.Number(_times[i], 6), $"{AtRisk[i]}", $"{EventCounts[i]}", TextTable.Number(Curve.Values[i]),
            TextTable.Number(StandardError(_times[i])), TextTable.Number(lower), TextTable.Number(upper)];
    }

    private static KaplanMeier From(IEnumerable<(double Time, int AtRisk, int Events)> counts)
    {
        var all = counts.ToList();
        return new([.. all.Where(step => step.Events > 0)], all[^1].Time);
    }

    private double GreenwoodSum(double time)
    {
        var jumps = StepTimes.CountUpTo(_times, time);
        return jumps == 0 ? 0 : _greenwood[jumps - 1];
    }
}
