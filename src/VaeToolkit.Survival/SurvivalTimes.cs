namespace VaeToolkit.Survival;

/// <summary>
/// Right-censored follow-up of <c>N</c> patients: for each the time at which following ended, and whether it ended with the event
/// (observed) or without it (censored: the event comes later, if ever).
/// </summary>
public sealed class SurvivalTimes
{
    /// <summary>
    /// How close two times must be to be one: √ε ≈ 1.5e-8 of the mean of the distinct times, as in R's survival (<c>timefix</c>).
    /// </summary>
    public const double DefaultTieTolerance = 1.0 / (1 << 26);

    private readonly double[] _times;
    private readonly bool[] _events;

    /// <summary>
    /// Keeps a copy of <paramref name="times"/> and <paramref name="events"/>. Times that are equal but for rounding, such as 0.3 and
    /// 0.1 + 0.2, become the least of them: curves, risk sets and scores then see one time.
    /// </summary>
    /// <param name="times">Follow-up times <c>[N]</c>, positive and finite, in any unit.</param>
    /// <param name="events">For each time whether the event was observed then, <c>[N]</c>.</param>
    /// <param name="tieTolerance">Which neighbouring times are one: those that differ by at most this part of the mean of the distinct
    /// times, at least 0; 0 takes times as they are.</param>
    /// <exception cref="ArgumentException">
    /// No times, another number of events than times, or a time that is not positive and finite (a time of 0 has no logarithm; give
    /// such a patient half of the smallest unit that was recorded, or leave the row out).
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is negative or not finite.</exception>
    public SurvivalTimes(IReadOnlyList<double> times, IReadOnlyList<bool> events, double tieTolerance = DefaultTieTolerance)
    {
        ArgumentNullException.ThrowIfNull(times);
        ArgumentNullException.ThrowIfNull(events);
        if (times.Count == 0)
            throw new ArgumentException("There are no times; at least one patient is needed.", nameof(times));
        if (events.Count != times.Count)
            throw new ArgumentException($"There are {events.Count} events for {times.Count} times; each time needs one.", nameof(events));
        if (!(tieTolerance >= 0 && double.IsFinite(tieTolerance)))
            throw new ArgumentOutOfRangeException(
                nameof(tieTolerance), tieTolerance, "A tolerance, as a part of the mean time, must be a finite number of at least 0.");
        _times = [.. times];
        _events = [.. events];
        var bad = Array.FindIndex(_times, time => !(time > 0 && double.IsFinite(time)));
        if (bad >= 0)
            throw new ArgumentException(
                FormattableString.Invariant($"Time {bad} is {_times[bad]}; times must be positive and finite")
                + (_times[bad] == 0 ? ": leave the patient out, or give half of the smallest unit that was recorded." : "."),
                nameof(times));
        if (tieTolerance > 0)
            Tie(_times, tieTolerance);
    }

    /// <summary>Number of patients <c>N</c>.</summary>
    public int Count => _times.Length;

    /// <summary>The follow-up times <c>[N]</c>.</summary>
    public ReadOnlySpan<double> Times => _times;

    /// <summary>For each patient whether the event was observed, <c>[N]</c>; false means censored.</summary>
    public ReadOnlySpan<bool> Events => _events;

    /// <summary>Number of observed events.</summary>
    public int EventCount => _events.Count(observed => observed);

    /// <summary>The distinct times at which events were observed, increasing: where Kaplan-Meier and Cox curves may jump.</summary>
    public double[] DistinctEventTimes() => [.. _times.Where((_, i) => _events[i]).Distinct().Order()];

    /// <summary>
    /// Times with indicators as files hold them: 1 for an observed event and 0 for a censored time.
    /// </summary>
    /// <param name="times">Follow-up times <c>[N]</c>.</param>
    /// <param name="indicators">Event indicators <c>[N]</c>, each exactly 0 or 1.</param>
    /// <param name="tieTolerance">Which times are one, as the constructor takes it.</param>
    /// <returns>The same as a survival response.</returns>
    /// <exception cref="ArgumentException">An indicator is neither 0 nor 1, or the constructor refuses the times.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is negative or not finite.</exception>
    public static SurvivalTimes FromIndicators(
        IReadOnlyList<double> times, IReadOnlyList<double> indicators, double tieTolerance = DefaultTieTolerance)
    {
        ArgumentNullException.ThrowIfNull(indicators);
        var events = new bool[indicators.Count];
        for (var i = 0; i < events.Length; i++)
        {
            if (indicators[i] is not (0 or 1))
                throw new ArgumentException(
                    FormattableString.Invariant($"Indicator {i} is {indicators[i]}; it must be 1 (event observed) or 0 (censored)."),
                    nameof(indicators));
            events[i] = indicators[i] == 1;
        }
        return new SurvivalTimes(times, events, tieTolerance);
    }

    /// <summary>The patients at <paramref name="rows"/>, in that order; a row may come twice.</summary>
    /// <param name="rows">Indices from 0 to <see cref="Count"/> - 1.</param>
    /// <returns>A new response of the same length as <paramref name="rows"/>.</returns>
    /// <exception cref="ArgumentException">No rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row that there is not.</exception>
    public SurvivalTimes Select(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (var row in rows)
            if (row < 0 || row >= Count)
                throw new ArgumentOutOfRangeException(nameof(rows), row, $"Rows go from 0 to {Count - 1}.");
        return new SurvivalTimes([.. rows.Select(row => _times[row])], [.. rows.Select(row => _events[row])], tieTolerance: 0);
    }

    /// <summary>How many patients and events there are, and until when.</summary>
    public override string ToString() => FormattableString.Invariant($"{Count} patients, {EventCount} events, times to {_times.Max()}");

    /// <summary>Sets times that are equal but for rounding to the least of them.</summary>
    private static void Tie(double[] times, double tolerance)
    {
        double[] distinct = [.. times.Distinct().Order()];
        // In units of the longest time the sum cannot overflow.
        var close = tolerance * distinct[^1] * distinct.Average(time => time / distinct[^1]);
        var firsts = distinct.Where((time, i) => i == 0 || time - distinct[i - 1] > close).ToArray();
        if (firsts.Length == distinct.Length)
            return;
        for (var i = 0; i < times.Length; i++)
            times[i] = Array.BinarySearch(firsts, times[i]) is var place && place >= 0 ? times[i] : firsts[~place - 1];
    }
}
