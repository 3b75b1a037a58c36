namespace VaeToolkit.Volumes;

/// <summary>
/// What a channel's background is. Where no value is negative it is 0, as scanners of magnitudes and skull strippers leave it. Negative
/// values are signal in CT, in images that are standardised already and in shifted ones. There it is the value of most voxels of the
/// volume's outer faces; without one, what <see cref="NoisyBackground"/> finds there; else the more frequent of 0 and the lowest value, if
/// one voxel in twenty has it; and of a few values that all differ the lowest, if it stands apart. A frequent value of −1000 or less may
/// be what a CT scanner fills its field of view up with, so noisy air is looked for beside it.
/// </summary>
internal readonly record struct Background
{
    // Clipping and rounding make some voxels alike at the lowest value; a background fills more.
    private const double SmallestPart = 0.05;

    // Air in Hounsfield units; nothing that is scanned is below it.
    private const float Air = -1000;

    private Background(bool hasNegative, float? value, int count) => (HasNegative, Value, Count) = (hasNegative, value, count);

    /// <summary>Whether a value is below 0, so that the sign does not tell background from foreground.</summary>
    public bool HasNegative { get; }

    /// <summary>The background's value, the median where it is noise, or null where none stands out.</summary>
    public float? Value { get; }

    /// <summary>What lies beside noise and is background too, such as a CT scanner's padding.</summary>
    public float? Padding { get; private init; }

    /// <summary>Noise is background up to here; null where the background is one value.</summary>
    public float? NoiseUpTo { get; private init; }

    /// <summary>How many voxels are background; 0 where it was not looked for.</summary>
    public int Count { get; }

    /// <summary>Finds it; voxels that are not finite do not count.</summary>
    public static Background Of(Volume<float> image, int channel)
    {
        float[] finite = [.. image.Channel(channel).ToArray().Where(float.IsFinite)];
        if (!finite.Any(value => value < 0))
            return new(false, 0, 0);
        var faces = new VolumeFaces(image, channel);
        var constant = faces.MostFrequent();
        var padding = constant <= Air ? constant : constant is null ? PaddingOf(finite) : null;
        return (constant is null || padding is not null) && NoisyBackground.Of(faces, padding) is { } noise
            ? new(true, noise.Median, finite.Count(value => value <= noise.Most)) { NoiseUpTo = noise.Most, Padding = padding }
            : OfOneValue(constant ?? OfValues(finite), finite);
    }

    /// <summary>Whether a voxel is foreground.</summary>
    public bool IsForeground(float value)
        => !HasNegative ? value > 0 : NoiseUpTo is { } most ? value > most : value != Value;

    private static Background OfOneValue(float? value, float[] finite)
        => new(true, value, finite.Count(voxel => voxel == value));

    private static float? PaddingOf(float[] values)
        => values.Min() is var lowest and <= Air && values.Count(value => value == lowest) >= SmallestPart * values.Length ? lowest : null;

    private static float? OfValues(float[] values)
    {
        var (lowest, highest) = (values.Min(), values.Max());
        var (least, zeros) = (values.Count(value => value == lowest), values.Count(value => value == 0));
        if (Math.Max(least, zeros) > 1)
            return Math.Max(least, zeros) < SmallestPart * values.Length ? null : zeros > least ? 0 : lowest;
        var second = values.Where(value => value > lowest).DefaultIfEmpty(lowest).Min();
        return second - lowest > highest - second ? lowest : null;
    }
}
