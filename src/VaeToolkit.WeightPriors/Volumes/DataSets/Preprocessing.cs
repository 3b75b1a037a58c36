using VaeToolkit.WeightPriors.Volumes.Preparation;

namespace VaeToolkit.WeightPriors.Volumes.DataSets;

/// <summary>
/// What is done to every case, in this order: orientation, spacing, cropping to what is not zero, size, intensities.
/// <see cref="VolumeCase.Restore(Volume{int})"/> undoes the geometry.
/// </summary>
public sealed record Preprocessing
{
    private readonly int? _cropMargin;

    /// <summary>Whether axes are brought to right, anterior, superior.</summary>
    public bool ToRas { get; init; } = true;

    /// <summary>The spacing in mm, or null to leave it; images linearly, labels by <see cref="Resampling.Majority"/>.</summary>
    public Vector3D? Spacing { get; init; }

    /// <summary>Cropping to the box of voxels unlike 0 with this margin, or null for none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? CropMargin
    {
        get => _cropMargin;
        init => _cropMargin = value is null or >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The margin must be at least 0.");
    }

    /// <summary>The size after cutting and padding about the centre, or null to leave it.</summary>
    public VolumeSize? Size { get; init; }

    /// <summary>How intensities are scaled, or null to leave them.</summary>
    public IntensityScaling? Scaling { get; init; } = new ZScore();

    /// <summary>Prepares a case; what is odd about its intensities becomes its <see cref="VolumeCase.Warning"/>.</summary>
    /// <param name="item">The case.</param>
    /// <exception cref="ArgumentException">An image holds NaN or infinities and those are refused.</exception>
    public VolumeCase Apply(VolumeCase item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (ToRas)
            item = item.Select(Orientation.ToRas, Orientation.ToRas);
        if (Spacing is { } spacing)
            item = item.Select(
                image => Resampling.ToSpacing(image, spacing), labels => Resampling.Majority(labels, labels.Grid.WithSpacing(spacing)));
        if (CropMargin is { } margin && Cropping.NonZeroBox(item.Image, margin) is var box)
            item = item.Select(image => Cropping.Extract(image, box), labels => Cropping.Extract(labels, box));
        if (Size is { } size)
            item = item.Select(image => Cropping.ToSize(image, size), labels => Cropping.ToSize(labels, size));
        return Scaling is { } scaling ? Scaled(item, scaling.Apply(item.Image)) : item;
    }

    private static VolumeCase Scaled(VolumeCase item, ScaledImage scaled) =>
        new(item.Name, scaled.Image, item.Labels, item.OriginalGrid) { Warning = scaled.Warning ?? item.Warning };
}
