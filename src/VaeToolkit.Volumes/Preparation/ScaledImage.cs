namespace VaeToolkit.Volumes;

/// <summary>An image after intensity scaling, and what was odd about it.</summary>
/// <param name="Image">The scaled image; 0 outside the foreground.</param>
/// <param name="Replaced">Voxels that were NaN or infinite.</param>
/// <param name="Warning">What a person should look at, such as a channel with only one value or replaced voxels, or null.</param>
public sealed record ScaledImage(Volume<float> Image, long Replaced, string? Warning)
{
    /// <summary>The image, how many voxels were replaced, and the warning.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Image}, {Replaced} voxels replaced") + (Warning is null ? "" : Environment.NewLine + Warning);
}
