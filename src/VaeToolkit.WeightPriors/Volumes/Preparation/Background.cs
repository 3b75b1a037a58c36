namespace VaeToolkit.WeightPriors.Volumes.Preparation;

/// <summary>
/// What a channel's background is. Where no value is negative it is 0, as scanners of magnitudes and skull strippers leave it. Negative
/// values are signal in CT, in images that are standardised already and in shifted ones. There it is the value of most voxels of the
/// volume's outer faces; without one, the more frequent of 0 and the lowest value, if one voxel in twenty has it; and of a few values that
/// all differ the lowest, if it stands apart.
/// </summary>
internal readonly record struct Background
{
    // Clipping and rounding make some voxels alike at the lowest value; a background fills more.
    private const double SmallestPart = 0.05;
    private const int SmallestExtentWithInside = 3;

    private Background(bool hasNegative, float? value, int count) => (HasNegative, Value, Count) = (hasNegative, value, count);

    /// <summary>Whether a value is below 0, so that the sign does not tell background from foreground.</summary>
    public bool HasNegative { get; }

    /// <summary>The background's value, or null where none stands out.</summary>
    public float? Value { get; }

    /// <summary>How many voxels have it; 0 where it was not looked for.</summary>
    public int Count { get; }

    /// <summary>Finds it; voxels that are not finite do not count.</summary>
    public static Background Of(Volume<float> image, int channel)
    {
        float[] finite = [.. image.Channel(channel).ToArray().Where(float.IsFinite)];
        if (!finite.Any(value => value < 0))
            return new(false, 0, 0);
        var value = OfFaces(image, channel) ?? OfValues(finite);
        return new(true, value, finite.Count(voxel => voxel == value));
    }

    /// <summary>Whether a voxel is foreground.</summary>
    public bool IsForeground(float value) => HasNegative ? value != Value : value > 0;

    private static float? OfFaces(Volume<float> image, int channel)
    {
        var size = image.Size;
        if (Math.Min(size.Width, Math.Min(size.Height, size.Depth)) < SmallestExtentWithInside)
            return null;
        var values = image.Channel(channel);
        var faces = new List<float>();
        for (var i = 0; i < values.Length; i++)
        {
            var (x, y, z) = image.Grid.Place(i);
            if (x == 0 || y == 0 || z == 0 || x == size.Width - 1 || y == size.Height - 1 || z == size.Depth - 1)
                faces.Add(values[i]);
        }
        var (value, count) = faces.Where(float.IsFinite).CountBy(face => face).DefaultIfEmpty().MaxBy(pair => pair.Value);
        return 2 * count > faces.Count ? value : null;
    }

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
