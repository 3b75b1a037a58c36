namespace VaeToolkit.Volumes;

/// <summary>
/// Cuts boxes out of volumes and pads them; the affine map goes along, so <see cref="Resampling.Nearest"/> onto the old grid puts a result
/// back.
/// </summary>
public static class Cropping
{
    /// <summary>The box, with what lies beyond the volume filled.</summary>
    /// <typeparam name="T">The type of a voxel.</typeparam>
    /// <param name="volume">The volume.</param>
    /// <param name="box">What to cut out.</param>
    /// <param name="fill">The value beyond the volume.</param>
    /// <exception cref="ArgumentOutOfRangeException">An extent of the box is below 1.</exception>
    public static Volume<T> Extract<T>(Volume<T> volume, VoxelBox box, T fill = default)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        return Extract(volume, box, _ => fill);
    }

    /// <summary>The box, with what lies beyond the volume filled by channel.</summary>
    internal static Volume<T> Extract<T>(Volume<T> volume, VoxelBox box, Func<int, T> fill)
        where T : unmanaged
    {
        var grid = new VoxelGrid(box.Size, volume.Grid.Affine * Affine.Translation(new(box.X, box.Y, box.Z)));
        var values = new T[checked(volume.Channels * (int)box.Size.Count)];
        for (var channel = 0; channel < volume.Channels; channel++)
            values.AsSpan(channel * (int)box.Size.Count, (int)box.Size.Count).Fill(fill(channel));
        var (left, right) = (Math.Max(0, box.X), Math.Min(volume.Size.Width, (long)box.X + box.Size.Width));
        for (var channel = 0; channel < volume.Channels && right > left; channel++)
            for (var z = 0; z < box.Size.Depth; z++)
                for (var y = 0; y < box.Size.Height; y++)
                    if (volume.Size.Contains(left, box.Y + y, box.Z + z))
                    {
                        var from = (channel * (int)volume.Size.Count) + volume.Grid.Index(left, box.Y + y, box.Z + z);
                        var to = (channel * (int)box.Size.Count) + grid.Index(left - box.X, y, z);
                        volume.Data.AsSpan(from, (int)right - left).CopyTo(values.AsSpan(to));
                    }
        return volume.On(grid, values);
    }

    /// <summary>
    /// The centre of the volume, cut and padded to a size: every axis by its own difference, an odd voxel going to the far side.
    /// </summary>
    /// <typeparam name="T">The type of a voxel.</typeparam>
    /// <param name="volume">The volume.</param>
    /// <param name="size">The size wanted.</param>
    /// <param name="fill">The value of padding.</param>
    /// <exception cref="ArgumentOutOfRangeException">An extent is below 1.</exception>
    public static Volume<T> ToSize<T>(Volume<T> volume, VolumeSize size, T fill = default)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        return Extract(volume, CentralBox(volume.Size, size), fill);
    }

    /// <summary>The box of a size about the centre of a volume.</summary>
    internal static VoxelBox CentralBox(VolumeSize now, VolumeSize size)
    {
        return new(Start(now.Width, size.Width), Start(now.Height, size.Height), Start(now.Depth, size.Depth), size);

        // Rounded towards zero both ways, so that padding and cutting by an odd number undo each other.
        static int Start(int have, int want) => (have - want) / 2;
    }

    /// <summary>
    /// The smallest box that holds every voxel unlike zero in any channel, widened by a margin but not beyond the volume;
    /// the whole volume if all are zero.
    /// </summary>
    /// <typeparam name="T">The type of a voxel.</typeparam>
    /// <param name="volume">The volume.</param>
    /// <param name="margin">Voxels to add on every side, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="margin"/> is negative.</exception>
    public static VoxelBox NonZeroBox<T>(Volume<T> volume, int margin = 0)
        where T : unmanaged, IEquatable<T>
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        var size = volume.Size;
        var (low, high) = (new[] { int.MaxValue, int.MaxValue, int.MaxValue }, new[] { -1, -1, -1 });
        for (var i = 0; i < volume.Data.Length; i++)
        {
            if (volume.Data[i].Equals(default))
                continue;
            var voxel = i % (int)size.Count;
            Widen(0, voxel % size.Width);
            Widen(1, voxel / size.Width % size.Height);
            Widen(2, voxel / size.Width / size.Height);
        }
        if (high[0] < 0)
            return new(0, 0, 0, size);
        var (x, y, z) = (Bounds(0, size.Width), Bounds(1, size.Height), Bounds(2, size.Depth));
        return new(x.Start, y.Start, z.Start, new(x.Extent, y.Extent, z.Extent));

        void Widen(int axis, int at) => (low[axis], high[axis]) = (Math.Min(low[axis], at), Math.Max(high[axis], at));

        (int Start, int Extent) Bounds(int axis, int extent)
        {
            var start = Math.Max(0, low[axis] - Math.Min(margin, extent));
            return (start, Math.Min(extent, high[axis] + 1 + Math.Min(margin, extent)) - start);
        }
    }
}
