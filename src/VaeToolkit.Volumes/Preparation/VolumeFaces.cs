namespace VaeToolkit.Volumes;

/// <summary>The finite values of a channel, and those at its border.</summary>
internal sealed class VolumeFaces(Volume<float> image, int channel)
{
    private const int SmallestExtentWithInside = 3;

    /// <summary>Whether the volume has an inside, and so faces.</summary>
    private bool HasInside
        => Math.Min(image.Size.Width, Math.Min(image.Size.Height, image.Size.Depth)) >= SmallestExtentWithInside;

    /// <summary>The value of most voxels of the outer faces, or null where none has more than half of them.</summary>
    public float? MostFrequent()
    {
        float[] faces = [.. Border(padding: null)];
        var (value, count) = faces.CountBy(face => face).DefaultIfEmpty().MaxBy(pair => pair.Value);
        return 2 * count > faces.Length ? value : null;
    }

    /// <summary>All values but those of the padding.</summary>
    public float[] Values(float? padding)
        => [.. image.Channel(channel).ToArray().Where(value => float.IsFinite(value) && value != padding)];

    /// <summary>The values of the outer faces and beside padding, but for the padding itself; none without an inside.</summary>
    public IEnumerable<float> Border(float? padding)
    {
        var values = image.Channel(channel).ToArray();
        if (!HasInside)
            yield break;
        for (var i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i]) && values[i] != padding && (IsOnFace(i) || (padding is not null && IsBeside(values, i, padding))))
                yield return values[i];
        }
    }

    private bool IsOnFace(int index)
    {
        var ((x, y, z), size) = (image.Grid.Place(index), image.Size);
        return x == 0 || y == 0 || z == 0 || x == size.Width - 1 || y == size.Height - 1 || z == size.Depth - 1;
    }

    /// <summary>Whether a voxel that is on no face has a neighbour of a value.</summary>
    private bool IsBeside(float[] values, int index, float? value)
    {
        var (row, slice) = (image.Size.Width, image.Size.Width * image.Size.Height);
        return values[index - 1] == value || values[index + 1] == value || values[index - row] == value || values[index + row] == value
            || values[index - slice] == value || values[index + slice] == value;
    }
}
