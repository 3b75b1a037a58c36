namespace VaeToolkit.WeightPriors.Volumes.Preparation;

/// <summary>
/// What a channel's background is. Where no value is negative it is 0, as scanners of magnitudes and skull strippers leave it. Negative
/// values are signal in CT, in images that are standardised already and in shifted ones: there it is the value that fills a part of the
/// channel (0 before others, then the lowest), or the lowest of a few values all different that stands apart from the rest.
/// </summary>
internal readonly record struct Background
{
    // More than any single intensity of tissue fills, and less than any background does.
    private const double SmallestPart = 0.05;

    private Background(bool hasNegative, float? value, int count) => (HasNegative, Value, Count) = (hasNegative, value, count);

    /// <summary>Whether a value is below 0, so that the sign does not tell background from foreground.</summary>
    public bool HasNegative { get; }

    /// <summary>The background's value, or null where none stands out.</summary>
    public float? Value { get; }

    /// <summary>How many voxels have it; 0 where it was not looked for.</summary>
    public int Count { get; }

    /// <summary>Finds it; voxels that are not finite do not count.</summary>
    public static Background Of(ReadOnlySpan<float> values)
    {
        if (!HasFiniteBelowZero(values))
            return new(false, 0, 0);
        var sorted = Array.FindAll(values.ToArray(), float.IsFinite);
        Array.Sort(sorted);
        var (mode, count, second) = Mode(sorted);
        if (count > 1)
            return count >= SmallestPart * sorted.Length ? new(true, mode, count) : new(true, null, 0);
        return second - sorted[0] > sorted[^1] - second ? new(true, sorted[0], 1) : new(true, null, 0);
    }

    /// <summary>Whether a voxel is foreground.</summary>
    public bool Excludes(float value) => !HasNegative ? value > 0 : value != Value;

    private static bool HasFiniteBelowZero(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            if (value < 0 && float.IsFinite(value))
                return true;
        return false;
    }

    /// <summary>The most frequent value, how often it comes, and the second lowest value.</summary>
    private static (float Mode, int Count, float Second) Mode(float[] sorted)
    {
        var (mode, most, second) = (sorted[0], 0, sorted[^1]);
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start])
                end++;
            if (start == 0 && end < sorted.Length)
                second = sorted[end];
            if (end - start > most || (end - start == most && sorted[start] == 0))
                (mode, most) = (sorted[start], end - start);
            start = end;
        }
        return (mode, most, second);
    }
}
