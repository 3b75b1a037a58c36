using System.Buffers.Binary;

namespace VaeToolkit.Volumes;

/// <summary>The numbers of a header of either version, in either byte order.</summary>
internal readonly ref struct NiftiFields(ReadOnlySpan<byte> bytes, NiftiLayout layout, string name, bool bigEndian)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public NiftiLayout Layout => layout;

    public string Name => name;

    public bool BigEndian => bigEndian;

    public ReadOnlySpan<byte> Bytes(int offset, int count) => _bytes.Slice(offset, count);

    public int DataType => (int)Whole(layout.DataType, 2);

    public int BitPix => (int)Whole(layout.BitPix, 2);

    public int Code(int offset) => (int)Whole(offset, layout.CodeWidth);

    public long Dim(int index) => Whole(DimAt(index), layout.DimWidth);

    public int DimAt(int index) => layout.Dim + (index * layout.DimWidth);

    /// <summary>The byte at which voxels begin, as stated: any number, NaN too.</summary>
    public double DataOffset => layout.Version == 1 ? Real(layout.VoxOffset) : Whole(layout.VoxOffset, 8);

    /// <summary>Millimetres in the file's unit of length.</summary>
    public double Millimetres => (Whole(layout.XyztUnits, layout.UnitsWidth) & 7) switch
    {
        1 => 1000.0,
        3 => 0.001,
        _ => 1.0,
    };

    public double Real(int offset, int index = 0)
    {
        var at = _bytes[(offset + (index * layout.RealWidth))..];
        return layout.RealWidth == 4
            ? bigEndian ? BinaryPrimitives.ReadSingleBigEndian(at) : BinaryPrimitives.ReadSingleLittleEndian(at)
            : bigEndian ? BinaryPrimitives.ReadDoubleBigEndian(at) : BinaryPrimitives.ReadDoubleLittleEndian(at);
    }

    public double[] Reals(int offset, int count)
    {
        var numbers = new double[count];
        for (var i = 0; i < count; i++)
            numbers[i] = Real(offset, i);
        return numbers;
    }

    public NiftiException Refuse(int offset, FormattableString problem) => new(name, offset, FormattableString.Invariant(problem));

    private long Whole(int offset, int width)
    {
        var at = _bytes.Slice(offset, width);
        return width switch
        {
            1 => at[0],
            2 => bigEndian ? BinaryPrimitives.ReadInt16BigEndian(at) : BinaryPrimitives.ReadInt16LittleEndian(at),
            4 => bigEndian ? BinaryPrimitives.ReadInt32BigEndian(at) : BinaryPrimitives.ReadInt32LittleEndian(at),
            _ => bigEndian ? BinaryPrimitives.ReadInt64BigEndian(at) : BinaryPrimitives.ReadInt64LittleEndian(at),
        };
    }
}
