using MathNet.Numerics.Statistics;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Volumes;

/// <summary>
/// Brings intensities, whose unit in MRI is arbitrary, to a common scale: each channel by numbers taken over its foreground,
/// never over background.
/// </summary>
public abstract class IntensityScaling
{
    /// <summary>
    /// Foreground is what lies above this where no mask is given. Null, the default, takes what lies above 0 where no voxel is negative;
    /// where one is (CT, images that are standardised already), what differs from the background, with a warning that says what that is:
    /// the value of most voxels of the volume's outer faces; or noise there, such as air in CT, up to six deviations above its median, if
    /// it is the lower of two classes far apart (a CT scanner's padding then is background too); else 0 or the lowest value if one voxel
    /// in twenty has it; else none.
    /// </summary>
    public float? Threshold { get; init; }

    /// <summary>What to do with voxels that are NaN or infinite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public NonFiniteVoxels NonFinite { get; init => field = OptionRange.RequireKnown(value, nameof(NonFinite)); }

    /// <summary>Scales an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="foreground">What to take the numbers over, such as the brain; null for what <see cref="Threshold"/> says.
    /// The rest becomes 0.</param>
    /// <returns>The image; a channel whose foreground is empty or has only one value, up to rounding, becomes 0 with a warning.</returns>
    /// <exception cref="ArgumentException">The mask lies on another grid, or voxels are not finite and those are refused.</exception>
    public ScaledImage Apply(Volume<float> image, Volume<bool>? foreground = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (foreground is not null && !foreground.Grid.Matches(image.Grid))
            throw new ArgumentException($"The foreground of {image.Name} lies on another grid: {foreground.Size} voxels "
                + $"instead of {image.Size}.", nameof(foreground));
        var bad = image.Data.LongCount(value => !float.IsFinite(value));
        if (bad > 0 && NonFinite == NonFiniteVoxels.Refuse)
            throw new ArgumentException(
                $"{image.Name}: {bad} voxels are NaN or infinite, the first at index "
                + $"{Array.FindIndex(image.Data, value => !float.IsFinite(value))}.", nameof(image));
        var scaled = new float[image.Data.Length];
        var warnings = new List<string>(bad == 0 ? [] : [$"{image.Name}: {bad} voxels were NaN or infinite and were set to 0."]);
        for (var channel = 0; channel < image.Channels; channel++)
        {
            var background = foreground is null && Threshold is null ? Background.Of(image, channel) : default;
            if (background.HasNegative)
                warnings.Add(Describe(image, channel, background));
            if (!ScaleChannel(image, channel, foreground, background, scaled))
                warnings.Add($"{image.Name}: channel {channel} has fewer than two values in its foreground and was set to 0.");
        }
        return new(image.With(scaled), bad, warnings.Count == 0 ? null : string.Join(" ", warnings));
    }

    /// <summary>
    /// The shift, factor and bounds for one channel, from its foreground in ascending order (at least two different values).
    /// </summary>
    /// <param name="sorted">The values.</param>
    private protected abstract IntensityMap Map(float[] sorted);

    private static string Describe(Volume<float> image, int channel, Background background) =>
        FormattableString.Invariant($"{image.Name}: channel {channel} has values below 0, and no mask says what is foreground: ")
        + (background.Value is { } value
            ? What(value, background, image.Size.Count) + " was taken for background and the rest for foreground."
            : "no value stands out as background, so every voxel was taken for foreground.");

    private static string What(float value, Background background, long voxels) =>
        background.NoiseUpTo is { } most
            ? FormattableString.Invariant($"noise about {value}, up to {most:G6}, ")
                + (background.Padding is { } padding ? FormattableString.Invariant($"with padding of {padding}, ") : "")
                + FormattableString.Invariant($"in {background.Count} of {voxels} voxels")
            : FormattableString.Invariant($"{value}, the value of {background.Count} of {voxels} voxels,");

    private bool ScaleChannel(Volume<float> image, int channel, Volume<bool>? foreground, Background background, float[] scaled)
    {
        var values = image.Channel(channel);
        var offset = channel * values.Length;
        var inside = new List<int>();
        for (var i = 0; i < values.Length; i++)
        {
            var above = Threshold is { } least ? values[i] > least : background.IsForeground(values[i]);
            if (float.IsFinite(values[i]) && (foreground?.Data[i] ?? above))
                inside.Add(i);
        }
        var sorted = inside.ConvertAll(i => image.Data[offset + i]).ToArray();
        Array.Sort(sorted);
        if (sorted.Length == 0 || FloatSpread.IsConstant(sorted[0], sorted[^1]))
            return false;
        var map = Map(sorted);
        foreach (var i in inside)
            scaled[offset + i] = map.Apply(values[i]);
        return true;
    }

    /// <summary>v ↦ clamp((v − shift) / width, low, high).</summary>
    private protected readonly record struct IntensityMap(double Shift, double Width, double Low, double High)
    {
        public float Apply(float value) => (float)Math.Clamp((value - Shift) / Width, Low, High);
    }

    private protected static double Quantile(float[] sorted, double percent) =>
        SortedArrayStatistics.QuantileCustom(sorted, percent / 100, QuantileDefinition.R7);
}
