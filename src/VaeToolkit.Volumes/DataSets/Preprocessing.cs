namespace VaeToolkit.Volumes;

/// <summary>
/// What is done to every case, in this order: orientation, spacing, cropping to what is not background, size, intensities.
/// <see cref="VolumeCase.Restore(Volume{int})"/> undoes the geometry.
/// </summary>
public sealed record Preprocessing
{
    private readonly int? _cropMargin;

    /// <summary>Whether axes are brought to right, anterior, superior.</summary>
    public bool ToRas { get; init; } = true;

    /// <summary>The spacing in mm, or null to leave it; images linearly, labels by <see cref="Resampling.Majority"/>.</summary>
    public Vector3D? Spacing { get; init; }

    /// <summary>
    /// Cropping to the box of voxels unlike the background with this margin, or null for none. The background is 0; in images with values
    /// below 0 it is what <see cref="IntensityScaling.Threshold"/> takes for it, and without one nothing is cropped.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? CropMargin
    {
        get => _cropMargin;
        init => _cropMargin = value is null or >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The margin must be at least 0.");
    }

    /// <summary>
    /// The size after cutting and padding about the centre, or null to leave it. Images are padded with their background, which is 0 where
    /// no value is negative, and where none stands out with their lowest value; labels with 0.
    /// </summary>
    public VolumeSize? Size { get; init; }

    /// <summary>How intensities are scaled, or null to leave them.</summary>
    public IntensityScaling? Scaling { get; init; } = new ZScore();

    /// <summary>
    /// Prepares a case; what is odd about its intensities, and what a step takes away of its labels, is added to its
    /// <see cref="VolumeCase.Warning"/>.
    /// </summary>
    /// <param name="item">The case.</param>
    /// <exception cref="ArgumentException">An image holds NaN or infinities and those are refused.</exception>
    public VolumeCase Apply(VolumeCase item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (ToRas)
            item = item.Select(Orientation.ToRas, Orientation.ToRas);
        if (Spacing is { } spacing)
            item = item.Moved(FormattableString.Invariant($"resampling to {spacing} mm"),
                image => Resampling.ToSpacing(image, spacing), labels => Resampling.Majority(labels, labels.Grid.WithSpacing(spacing)));
        // Once the image is cropped, nothing of its background may be left.
        Background[] backgrounds = CropMargin is null && Size is null ? []
            : [.. Enumerable.Range(0, item.Image.Channels).Select(channel => Background.Of(item.Image, channel))];
        float[] fill = Size is null ? [] : [.. backgrounds.Select((background, channel) => Fill(item.Image, channel, background))];
        if (CropMargin is { } margin && Foreground(item.Image, backgrounds) is { } foreground
            && Cropping.NonZeroBox(foreground, margin) is var box)
            item = item.Moved($"cropping to the image's box of {box.Size}",
                image => Cropping.Extract(image, box), labels => Cropping.Extract(labels, box));
        if (Size is { } size && Cropping.CentralBox(item.Image.Size, size) is var centre)
            item = item.Moved($"cutting to {size}",
                image => Cropping.Extract(image, centre, channel => fill[channel]), labels => Cropping.Extract(labels, centre));
        return Scaling is { } scaling && scaling.Apply(item.Image) is var scaled
            ? item.Select(_ => scaled.Image, labels => labels).Warned(scaled.Warning)
            : item;
    }

    /// <summary>The steps, in their order.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        ToRas ? "to RAS" : null,
        Spacing is { } spacing ? FormattableString.Invariant($"spacing {spacing} mm") : null,
        CropMargin is { } margin ? FormattableString.Invariant($"cropped with a margin of {margin}") : null,
        Size is { } size ? $"cut to {size}" : null,
        Scaling?.ToString(),
    }.Where(step => step is not null).DefaultIfEmpty("as it is"));

    /// <summary>What differs from each channel's background, or null where a channel has none.</summary>
    private static Volume<bool>? Foreground(Volume<float> image, Background[] backgrounds)
    {
        var (voxels, inside) = ((int)image.Size.Count, new bool[image.Data.Length]);
        if (backgrounds.Any(background => background.Value is null))
            return null;
        for (var i = 0; i < inside.Length; i++)
            inside[i] = backgrounds[i / voxels].IsForeground(image.Data[i]) || !float.IsFinite(image.Data[i]);
        return image.With(inside);
    }

    private static float Fill(Volume<float> image, int channel, Background background) =>
        background.Value ?? image.Channel(channel).ToArray().Where(float.IsFinite).Min();
}
