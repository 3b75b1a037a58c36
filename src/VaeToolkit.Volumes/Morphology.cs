namespace VaeToolkit.Volumes;

/// <summary>Binary morphology with the cross of a voxel and its six face neighbours. What lies beyond the volume is background.</summary>
public static class Morphology
{
    /// <summary>Voxels whose cross lies in the mask, so many times over.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="times">How often, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is negative.</exception>
    public static Volume<bool> Erode(Volume<bool> mask, int times = 1) => Repeat(mask, times, untouched: true);

    /// <summary>Voxels whose cross meets the mask, so many times over.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="times">How often, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is negative.</exception>
    public static Volume<bool> Dilate(Volume<bool> mask, int times = 1) => Repeat(mask, times, untouched: false);

    /// <summary>
    /// Dilation and then erosion: fills gaps as wide as twice the radius. The volume is padded between the two,
    /// so nothing is lost at its edge.
    /// </summary>
    /// <param name="mask">The mask.</param>
    /// <param name="radius">How often each is done, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="radius"/> is negative.</exception>
    public static Volume<bool> Close(Volume<bool> mask, int radius = 1)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        var size = mask.Size;
        var wide = Cropping.ToSize(mask, new(size.Width + (2 * radius), size.Height + (2 * radius), size.Depth + (2 * radius)));
        return Cropping.ToSize(Erode(Dilate(wide, radius), radius), size);
    }

    /// <summary>The mask and all background that is cut off from the volume's edge.</summary>
    /// <param name="mask">A mask of one channel.</param>
    /// <exception cref="ArgumentException">There is more than one channel.</exception>
    public static Volume<bool> FillHoles(Volume<bool> mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var background = ConnectedComponents.Of(mask.Select(inside => !inside), Connectivity.Faces);
        var open = new HashSet<int>();
        var size = mask.Size;
        for (var z = 0; z < size.Depth; z++)
            for (var y = 0; y < size.Height; y++)
                for (var x = 0; x < size.Width; x += y == 0 || z == 0 || y == size.Height - 1 || z == size.Depth - 1
                    ? 1 : Math.Max(1, size.Width - 1))
                    open.Add(background.Numbers.Data[mask.Grid.Index(x, y, z)]);
        return mask.With(Array.ConvertAll(background.Numbers.Data, number => number == 0 || !open.Contains(number)));
    }

    /// <summary>The mask without its erosion: the voxels with a face towards the background.</summary>
    /// <param name="mask">The mask.</param>
    public static Volume<bool> Surface(Volume<bool> mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var inner = Erode(mask);
        return mask.With(mask.Data.Zip(inner.Data, (inside, eroded) => inside && !eroded).ToArray());
    }

    private static Volume<bool> Repeat(Volume<bool> mask, int times, bool untouched)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfNegative(times);
        VolumeTensors.RequireOneChannel(mask);
        for (var i = 0; i < times; i++)
            mask = mask.With(Once(mask, untouched));
        return mask;
    }

    /// <summary>Changes every voxel that is <paramref name="untouched"/> and has a neighbour that is not.</summary>
    private static bool[] Once(Volume<bool> mask, bool untouched)
    {
        var (size, data) = (mask.Size, mask.Data);
        var (row, slice) = (size.Width, size.Width * size.Height);
        var changed = (bool[])data.Clone();
        var i = 0;
        for (var z = 0; z < size.Depth; z++)
            for (var y = 0; y < size.Height; y++)
                for (var x = 0; x < size.Width; x++, i++)
                    if (data[i] == untouched
                        && (Differs(x > 0, i - 1) || Differs(x < size.Width - 1, i + 1)
                            || Differs(y > 0, i - row) || Differs(y < size.Height - 1, i + row)
                            || Differs(z > 0, i - slice) || Differs(z < size.Depth - 1, i + slice)))
                        changed[i] = !untouched;
        return changed;

        bool Differs(bool inside, int neighbour) => (inside && data[neighbour]) != untouched;
    }
}
