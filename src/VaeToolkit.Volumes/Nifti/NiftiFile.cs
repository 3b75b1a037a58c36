namespace VaeToolkit.Volumes;

/// <summary>
/// Reads NIfTI-1 and NIfTI-2 volumes: <c>.nii</c> and <c>.nii.gz</c> (gzip is told by content, not by name, and may have several members
/// and zeros after the last) and <c>.hdr</c>/<c>.img</c> pairs; writes NIfTI-1. Files are taken for hostile: no memory is taken that their
/// bytes do not fill.
/// </summary>
/// <remarks>
/// The affine map is the sform where its code is positive and it can be inverted, else the qform, else the spacing; lengths become
/// millimetres. Extents after the third are channels. What other tools read although it breaks the format is read, and
/// <see cref="Volume{T}.Warning"/> says what it was: an sform that cannot be inverted beside a qform, a <c>bitpix</c> that contradicts the
/// data type, a <c>vox_offset</c> of 0 or the header's length, bytes after the voxels.
/// </remarks>
public static class NiftiFile
{
    private const double WholeNumberTolerance = 1e-4;

    // Slopes are 32-bit floats, so what they make of large labels is off by a part of them.
    private const double RelativeTolerance = 1.0 / (1 << 22);

    /// <summary>Reads an image: values are raw · slope + intercept, rounded to 32-bit floats (exact for whole numbers up to
    /// 2²⁴).</summary>
    /// <param name="path">The <c>.nii</c>, <c>.nii.gz</c>, <c>.hdr</c> or <c>.img</c> file.</param>
    /// <exception cref="NiftiException">The file breaks the format, or a value is beyond the largest 32-bit float.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Volume<float> Read(string path) => NiftiReader.Read(path, ToValue);

    /// <summary>Reads an image from a stream's current position to its end.</summary>
    /// <param name="stream">A stream that knows its length; it stays open.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="ArgumentException">The stream does not know its length.</exception>
    /// <exception cref="NiftiException">The content breaks the format, keeps its voxels in a second file, or has a value beyond the largest
    /// 32-bit float.</exception>
    public static Volume<float> Read(Stream stream, string name = "stream")
        => NiftiReader.Read(stream, name, ToValue);

    /// <summary>Reads a label map: values, after slope and intercept, are whole numbers of 32 bits.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NiftiException">The file breaks the format, or a value is not a whole number.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Volume<int> ReadLabels(string path) => NiftiReader.Read(path, ToLabel);

    /// <summary>Reads a label map from a stream's current position to its end.</summary>
    /// <param name="stream">A stream that knows its length; it stays open.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="ArgumentException">The stream does not know its length.</exception>
    /// <exception cref="NiftiException">The content breaks the format, or a value is not a whole number.</exception>
    public static Volume<int> ReadLabels(Stream stream, string name = "stream") => NiftiReader.Read(stream, name, ToLabel);

    /// <summary>Reads a mask: where values, after slope and intercept, are above ½.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NiftiException">The file breaks the format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Volume<bool> ReadMask(string path) => NiftiReader.Read(path, static (value, _) => value > 0.5);

    /// <summary>Writes an image; the file appears whole or not at all.</summary>
    /// <param name="path">Where; gzipped when it ends in <c>.gz</c>.</param>
    /// <param name="image">The image.</param>
    /// <param name="type">How to store voxels; slope 1 and intercept 0.</param>
    /// <exception cref="ArgumentException">A value cannot be stored exactly as that type, an extent exceeds 32,767, or the path is of one
    /// half of a pair (<c>.hdr</c>, <c>.img</c>).</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Volume<float> image, NiftiDataType type = NiftiDataType.Real32) =>
        NiftiWriter.Write(path, image, type, static value => value);

    /// <summary>Writes a label map; the file appears whole or not at all.</summary>
    /// <param name="path">Where; gzipped when it ends in <c>.gz</c>.</param>
    /// <param name="labels">The label map.</param>
    /// <param name="type">How to store voxels; slope 1 and intercept 0.</param>
    /// <exception cref="ArgumentException">A value cannot be stored exactly as that type, an extent exceeds 32,767, or the path is of one
    /// half of a pair (<c>.hdr</c>, <c>.img</c>).</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Volume<int> labels, NiftiDataType type = NiftiDataType.Signed16) =>
        NiftiWriter.Write(path, labels, type, static value => value);

    /// <summary>Writes a mask as bytes 0 and 1; the file appears whole or not at all.</summary>
    /// <param name="path">Where; gzipped when it ends in <c>.gz</c>.</param>
    /// <param name="mask">The mask.</param>
    /// <exception cref="ArgumentException">An extent exceeds 32,767, or the path is of one half of a pair (<c>.hdr</c>,
    /// <c>.img</c>).</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Volume<bool> mask)
        => NiftiWriter.Write(path, mask, NiftiDataType.Unsigned8, static value => value ? 1 : 0);

    private static float ToValue(double value, NiftiPlace place)
        => float.IsFinite((float)value) || !double.IsFinite(value)
            ? (float)value
            : throw new NiftiException(
                place.File, place.Offset, FormattableString.Invariant($"a voxel is {value}, beyond the largest 32-bit float"));

    private static int ToLabel(double value, NiftiPlace place)
    {
        var label = Math.Round(value);
        // NaN fails every comparison, so the condition is written for what is right.
        var isWhole = Math.Abs(value - label) <= Math.Max(WholeNumberTolerance, RelativeTolerance * Math.Abs(value));
        return isWhole && label is >= int.MinValue and <= int.MaxValue
            ? (int)label
            : throw new NiftiException(
                place.File, place.Offset, FormattableString.Invariant($"a voxel is {value}, where labels are whole numbers of 32 bits"));
    }
}
