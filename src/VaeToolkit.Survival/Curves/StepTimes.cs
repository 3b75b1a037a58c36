namespace VaeToolkit.Survival;

/// <summary>Looking times up among the jumps of a step function.</summary>
internal static class StepTimes
{
    /// <summary>How many of the strictly increasing times are at most <paramref name="time"/>.</summary>
    internal static int CountUpTo(double[] times, double time)
    {
        var index = Array.BinarySearch(times, time);
        return index >= 0 ? index + 1 : ~index;
    }

    /// <summary>How many of the strictly increasing times are less than <paramref name="time"/>.</summary>
    internal static int CountBefore(double[] times, double time)
    {
        var index = Array.BinarySearch(times, time);
        return index >= 0 ? index : ~index;
    }

    /// <summary>Requires jumps that increase strictly and one value for each.</summary>
    internal static void RequireSteps(double[] times, double[] values, double followUp)
    {
        if (times.Length != values.Length)
            throw new ArgumentException($"There are {values.Length} values for {times.Length} times; each time needs one.", nameof(values));
        for (var i = 0; i < times.Length; i++)
            if (!(times[i] > (i == 0 ? 0 : times[i - 1])))
                throw new ArgumentException(
                    FormattableString.Invariant($"Time {i} is {times[i]}; times must be positive and increase."), nameof(times));
        if (!(followUp > 0) || (times.Length > 0 && followUp < times[^1]))
            throw new ArgumentOutOfRangeException(nameof(followUp), followUp, "Follow-up must be positive and reach the last time.");
    }

    /// <summary>Requires a time at which a curve can be asked.</summary>
    internal static void RequireTime(double time, string name)
    {
        if (!(time >= 0))
            throw new ArgumentOutOfRangeException(name, time, "A time must be 0 or more.");
    }
}
