namespace VaeToolkit.Survival;

/// <summary>At one distinct time: how many are still followed just before it, and how many then have the event or are censored.</summary>
internal readonly record struct TimeCounts(double Time, int Followed, int Events, int Censored)
{
    /// <summary>The distinct times in increasing order.</summary>
    internal static List<TimeCounts> Of(SurvivalTimes patients)
    {
        var times = patients.Times.ToArray();
        var events = patients.Events.ToArray();
        Array.Sort(times, events);
        var counts = new List<TimeCounts>();
        for (int start = 0, end; start < times.Length; start = end)
        {
            var observed = 0;
            for (end = start; end < times.Length && times[end] == times[start]; end++)
                observed += events[end] ? 1 : 0;
            counts.Add(new(times[start], times.Length - start, observed, end - start - observed));
        }
        return counts;
    }
}
