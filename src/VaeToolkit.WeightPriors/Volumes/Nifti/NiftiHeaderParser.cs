using System.Buffers.Binary;

namespace VaeToolkit.WeightPriors.Volumes.Nifti;

/// <summary>Checks and understands the 348 bytes of a NIfTI-1 header.</summary>
internal readonly ref struct NiftiHeaderParser
{
    private const int NiftiTwoLength = 540;

    // Offsets of the fields, as the standard names them.
    private const int Dim = 40;
    private const int DataType = 70;
    private const int BitPix = 72;
    private const int VoxOffset = 108;
    private const int SclSlope = 112;
    private const int SclInter = 116;
    private const int XyztUnits = 123;
    private const int Magic = 344;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _name;
    private readonly bool _bigEndian;

    private NiftiHeaderParser(ReadOnlySpan<byte> bytes, string name)
    {
        _bytes = bytes;
        _name = name;
        _bigEndian = BinaryPrimitives.ReadInt32BigEndian(bytes) is NiftiHeader.Length or NiftiTwoLength;
    }

    public static NiftiHeader Parse(ReadOnlySpan<byte> bytes, string name) => new NiftiHeaderParser(bytes, name).Parse();

    private NiftiHeader Parse()
    {
        CheckLength();
        var separate = IsSeparate();
        var (size, channels) = ReadExtents();
        var type = ReadDataType();
        var (slope, intercept) = ReadScaling();
        return new(ReadGrid(size), channels, type, _bigEndian, slope, intercept, ReadDataOffset(separate), separate);
    }

    private void CheckLength()
    {
        var length = _bigEndian ? BinaryPrimitives.ReadInt32BigEndian(_bytes) : BinaryPrimitives.ReadInt32LittleEndian(_bytes);
        if (length == NiftiTwoLength)
            throw Refuse(0, "sizeof_hdr is 540: this is a NIfTI-2 file; only NIfTI-1 can be read");
        if (length != NiftiHeader.Length)
            throw Refuse(0, $"sizeof_hdr is {length}, in a NIfTI-1 file 348");
    }

    private bool IsSeparate()
    {
        var magic = _bytes.Slice(Magic, 4);
        if (magic.SequenceEqual("ni1\0"u8))
            return true;
        return magic.SequenceEqual("n+1\0"u8)
            ? false
            : throw Refuse(Magic, $"magic is {Convert.ToHexString(magic)}, in a NIfTI-1 file 6E2B3100 (\"n+1\") or 6E693100 (\"ni1\")");
    }

    private (VolumeSize Size, int Channels) ReadExtents()
    {
        var rank = Short(Dim);
        if (rank is < 1 or > 7)
            throw Refuse(Dim, $"dim[0] is {rank}; a file has 1 to 7 dimensions");
        Span<int> extents = [1, 1, 1, 1, 1, 1, 1];
        Int128 values = 1;
        for (var i = 0; i < rank; i++)
        {
            extents[i] = Short(Dim + 2 + (2 * i));
            if (extents[i] < 1)
                throw Refuse(Dim + 2 + (2 * i), $"dim[{i + 1}] is {extents[i]}; an extent is at least 1");
            values *= extents[i];
            if (values > Array.MaxLength)
                throw Refuse(Dim + 2 + (2 * i), $"the extents multiply to {values} values or more; at most {Array.MaxLength} can be read");
        }
        return (new(extents[0], extents[1], extents[2]), extents[3] * extents[4] * extents[5] * extents[6]);
    }

    private NiftiDataType ReadDataType()
    {
        var type = (NiftiDataType)Short(DataType);
        if (!Enum.IsDefined(type))
            throw Refuse(DataType, $"datatype is {(int)type}; only "
                + $"{string.Join(", ", Enum.GetValues<NiftiDataType>().Select(known => $"{(int)known} ({known})"))} can be read");
        var bits = Short(BitPix);
        return bits == 8 * NiftiHeader.BytesPerVoxel(type)
            ? type
            : throw Refuse(BitPix, $"bitpix is {bits}, but datatype {(int)type} ({type}) has {8 * NiftiHeader.BytesPerVoxel(type)} bits");
    }

    private (double Slope, double Intercept) ReadScaling()
    {
        var slope = Float(SclSlope);
        if (slope == 0 || !double.IsFinite(slope))
            return (1, 0); // The standard's way to say that values are stored as they are.
        var intercept = Float(SclInter);
        return double.IsFinite(intercept) ? (slope, intercept) : throw Refuse(SclInter, $"scl_inter is {intercept} with scl_slope {slope}");
    }

    private long ReadDataOffset(bool separate)
    {
        var offset = Float(VoxOffset);
        var first = separate ? 0 : NiftiHeader.FirstDataOffset;
        // Whole floats below 2^53 become exact longs; a larger offset lies in no file.
        return offset >= first && offset < 1L << 53 && offset == Math.Floor(offset)
            ? (long)offset
            : throw Refuse(VoxOffset, $"vox_offset is {offset}; voxels begin at a whole number of bytes, at least {first}");
    }

    private VoxelGrid ReadGrid(VolumeSize size)
    {
        var unit = (_bytes[XyztUnits] & 7) switch
        {
            1 => 1000.0,
            3 => 0.001,
            _ => 1.0,
        };
        var rows = new NiftiOrientation(_bytes, _name, _bigEndian).Read(size);
        for (var i = 0; i < rows.Length; i++)
            rows[i] *= unit;
        try
        {
            return new(size, Affine.FromRows(rows));
        }
        catch (ArgumentException e)
        {
            throw new NiftiException(
                _name, NiftiOrientation.Start, $"the orientation is unusable: {e.Message.Split(" (Parameter")[0].TrimEnd('.')}", e);
        }
    }

    private int Short(int offset) =>
        _bigEndian ? BinaryPrimitives.ReadInt16BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt16LittleEndian(_bytes[offset..]);

    private double Float(int offset) =>
        _bigEndian ? BinaryPrimitives.ReadSingleBigEndian(_bytes[offset..]) : BinaryPrimitives.ReadSingleLittleEndian(_bytes[offset..]);

    private NiftiException Refuse(int offset, FormattableString problem) => new(_name, offset, FormattableString.Invariant(problem));

    private NiftiException Refuse(int offset, string problem) => new(_name, offset, problem);
}
