namespace VaeToolkit.Volumes;

/// <summary>The motion that brings a volume onto a template.</summary>
public sealed class AlignmentResult
{
    private readonly VoxelGrid _template;

    internal AlignmentResult(Affine movingFromTemplate, VoxelGrid template, double loss)
    {
        (MovingFromTemplate, _template, Loss) = (movingFromTemplate, template, loss);
        Grid = new(template.Size, movingFromTemplate * template.Affine);
    }

    /// <summary>From places in the template's world to the same anatomy in the moving volume's world, in mm.</summary>
    public Affine MovingFromTemplate { get; }

    /// <summary>The template's voxels where they lie in the moving volume's world.</summary>
    public VoxelGrid Grid { get; }

    /// <summary>1 − correlation, or −mutual information in nats, at full resolution.</summary>
    public double Loss { get; }

    /// <summary>The moving image on the template's grid, by linear interpolation.</summary>
    /// <param name="image">The moving image, or another one of its world.</param>
    public Volume<float> Apply(Volume<float> image) => OnTemplate(Resampling.Linear(image, Grid));

    /// <summary>Labels or a mask of the moving image on the template's grid, by the nearest voxel.</summary>
    /// <typeparam name="T">The type of a voxel.</typeparam>
    /// <param name="labels">Labels of the moving image.</param>
    public Volume<T> ApplyNearest<T>(Volume<T> labels)
        where T : unmanaged =>
        OnTemplate(Resampling.Nearest(labels, Grid));

    /// <summary>
    /// The moving case on <see cref="Grid"/>: voxel by voxel it agrees with the template, but it stays in its own world, so that
    /// <see cref="VolumeCase.Restore(Volume{int})"/> takes predictions back to the file's grid. Labels beyond the template's grid are lost,
    /// which the case's <see cref="VolumeCase.Warning"/> then says.
    /// </summary>
    /// <param name="item">The moving image with its labels.</param>
    public VolumeCase Apply(VolumeCase item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return item.Moved("alignment", image => Resampling.Linear(image, Grid), labels => Resampling.Nearest(labels, Grid));
    }

    /// <summary>The loss and the motion.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"loss {Loss:F4}; moving from template [{MovingFromTemplate}]");

    private Volume<T> OnTemplate<T>(Volume<T> volume)
        where T : unmanaged =>
        volume.On(_template, volume.Data);
}
