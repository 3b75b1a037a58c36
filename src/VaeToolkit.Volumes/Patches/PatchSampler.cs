namespace VaeToolkit.Volumes;

/// <summary>
/// Cuts random boxes out of cases. A part of them is made to hold foreground, without which small lesions would hardly be seen: a class
/// that the case has is drawn, then one of its voxels, then a box around that. The other boxes lie anywhere.
/// </summary>
public sealed class PatchSampler
{
    private readonly VolumeSize _size;
    private readonly double _foreground;

    /// <summary>A sampler.</summary>
    /// <param name="size">Extents of a patch, each at least 1; along axes where a case is smaller,
    /// it is padded with zeros about its centre.</param>
    /// <param name="foreground">The part of patches that is made to hold foreground, in 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An extent is below 1, or the part is not in 0 to 1.</exception>
    public PatchSampler(VolumeSize size, double foreground = 1.0 / 3)
    {
        if (size.Width < 1 || size.Height < 1 || size.Depth < 1)
            throw new ArgumentOutOfRangeException(nameof(size), size, "Every extent of a patch must be at least 1.");
        if (!(foreground is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(foreground), foreground, "The part of foreground patches lies in 0 to 1.");
        (_size, _foreground) = (size, foreground);
    }

    /// <summary>The patches' size, and the part that holds foreground.</summary>
    public override string ToString() => FormattableString.Invariant($"patches of {_size}, {100 * _foreground:F0} % of them on foreground");

    /// <summary>A patch of a case.</summary>
    /// <param name="item">The case.</param>
    /// <param name="seed">The patch is a function of it and the index.</param>
    /// <param name="index">The patch's number.</param>
    public VolumeCase Sample(VolumeCase item, long seed, long index)
    {
        ArgumentNullException.ThrowIfNull(item);
        var random = SplitMix64.For(seed, index);
        var around = random.Uniform() < _foreground && item.Labels is { } labels ? ForegroundVoxel(ref random, labels) : null;
        var size = item.Image.Size;
        var box = new VoxelBox(
            Start(ref random, size.Width, _size.Width, around?.X),
            Start(ref random, size.Height, _size.Height, around?.Y),
            Start(ref random, size.Depth, _size.Depth, around?.Z),
            _size);
        return item.Select(image => Cropping.Extract(image, box), map => Cropping.Extract(map, box));
    }

    /// <summary>Anywhere within the volume or, about a voxel, so that it comes as near to the middle as the volume allows.</summary>
    private static int Start(ref SplitMix64 random, int extent, int patch, int? around)
    {
        var free = extent - patch;
        var anywhere = random.Below(Math.Max(0, free) + 1);
        return free <= 0 ? free / 2 : around is { } middle ? Math.Clamp(middle - (patch / 2), 0, free) : anywhere;
    }

    private static (int X, int Y, int Z)? ForegroundVoxel(ref SplitMix64 random, Volume<int> labels)
    {
        var classes = labels.Data.Where(label => label > 0).Distinct().Order().ToList();
        if (classes.Count == 0)
            return null;
        var chosen = classes[random.Below(classes.Count)];
        var left = random.Below(labels.Data.Count(label => label == chosen));
        for (var i = 0; ; i++)
            if (labels.Data[i] == chosen && left-- == 0)
                return (i % labels.Size.Width, i / labels.Size.Width % labels.Size.Height, i / labels.Size.Width / labels.Size.Height);
    }
}
