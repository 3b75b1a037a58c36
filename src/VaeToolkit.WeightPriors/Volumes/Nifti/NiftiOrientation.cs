using System.Buffers.Binary;

namespace VaeToolkit.WeightPriors.Volumes.Nifti;

/// <summary>Finds the affine map of a header: from the sform where there is one, else the qform, else the spacing alone.</summary>
internal readonly ref struct NiftiOrientation(ReadOnlySpan<byte> bytes, string name, bool bigEndian)
{
    /// <summary>Where the orientation's fields begin.</summary>
    public const int Start = QformCode;

    private const int PixDim = 76;
    private const int QformCode = 252;
    private const int SformCode = 254;
    private const int Quaternion = 256;
    private const int QuaternionOffset = 268;
    private const int SformRows = 280;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The rows of [A | t], in the file's unit of length.</summary>
    public double[] Read(VolumeSize size)
    {
        if (Short(SformCode) > 0)
            return ReadNumbers(SformRows, 12);
        var spacing = ReadSpacing(size);
        return Short(QformCode) > 0 ? FromQuaternion(spacing) : [spacing[0], 0, 0, 0, 0, spacing[1], 0, 0, 0, 0, spacing[2], 0];
    }

    private double[] ReadSpacing(VolumeSize size)
    {
        var spacing = ReadNumbers(PixDim + 4, 3);
        int[] extents = [size.Width, size.Height, size.Depth];
        for (var axis = 0; axis < 3; axis++)
        {
            if (spacing[axis] == 0 && extents[axis] == 1)
                spacing[axis] = 1; // Files of fewer axes leave the rest of pixdim empty.
            if (!(spacing[axis] > 0 && double.IsFinite(spacing[axis])))
                throw new NiftiException(
                    name, PixDim + 4 + (4 * axis),
                    FormattableString.Invariant($"pixdim[{axis + 1}] is {spacing[axis]}; a spacing is positive and finite"));
        }
        return spacing;
    }

    private double[] FromQuaternion(double[] spacing)
    {
        var quaternion = ReadNumbers(Quaternion, 3);
        var (b, c, d) = (quaternion[0], quaternion[1], quaternion[2]);
        var square = (b * b) + (c * c) + (d * d);
        var a = Math.Sqrt(Math.Max(0, 1 - square));
        if (square > 1)
            (b, c, d) = (b / Math.Sqrt(square), c / Math.Sqrt(square), d / Math.Sqrt(square)); // Rounding took it off the unit sphere.
        var (x, y, z) = (spacing[0], spacing[1], Float(PixDim) < 0 ? -spacing[2] : spacing[2]);
        var shift = ReadNumbers(QuaternionOffset, 3);
        return
        [
            ((a * a) + (b * b) - (c * c) - (d * d)) * x, 2 * ((b * c) - (a * d)) * y, 2 * ((b * d) + (a * c)) * z, shift[0],
            2 * ((b * c) + (a * d)) * x, ((a * a) + (c * c) - (b * b) - (d * d)) * y, 2 * ((c * d) - (a * b)) * z, shift[1],
            2 * ((b * d) - (a * c)) * x, 2 * ((c * d) + (a * b)) * y, ((a * a) + (d * d) - (c * c) - (b * b)) * z, shift[2],
        ];
    }

    private double[] ReadNumbers(int offset, int count)
    {
        var numbers = new double[count];
        for (var i = 0; i < count; i++)
            numbers[i] = Float(offset + (4 * i));
        return numbers;
    }

    private int Short(int offset) =>
        bigEndian ? BinaryPrimitives.ReadInt16BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt16LittleEndian(_bytes[offset..]);

    private double Float(int offset) =>
        bigEndian ? BinaryPrimitives.ReadSingleBigEndian(_bytes[offset..]) : BinaryPrimitives.ReadSingleLittleEndian(_bytes[offset..]);
}
