using System.Buffers.Binary;
using System.Text;

namespace VaeToolkit.Volumes;

/// <summary>Checks and understands a header. What other tools read although it breaks the format is read with a warning.</summary>
internal readonly ref struct NiftiHeaderParser
{
    private readonly NiftiFields _fields;
    private readonly NiftiWarnings _warnings;

    private NiftiHeaderParser(NiftiFields fields, NiftiWarnings warnings)
    {
        _fields = fields;
        _warnings = warnings;
    }

    private NiftiLayout Layout => _fields.Layout;

    /// <summary>Reads a header from the start of a file.</summary>
    public static NiftiHeader Parse(NiftiSource source, NiftiWarnings warnings)
    {
        Span<byte> bytes = stackalloc byte[NiftiLayout.Two.Length];
        source.Fill(bytes[..sizeof(int)]);
        var (little, big) = (BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32BigEndian(bytes));
        var layout = NiftiLayout.OfLength(little) ?? NiftiLayout.OfLength(big) ?? throw new NiftiException(
            source.Name, 0, FormattableString.Invariant($"sizeof_hdr is {little}, in a NIfTI-1 file 348 and in a NIfTI-2 file 540"));
        source.Fill(bytes[sizeof(int)..layout.Length]);
        var fields = new NiftiFields(bytes[..layout.Length], layout, source.Name, bigEndian: big == layout.Length);
        return new NiftiHeaderParser(fields, warnings).Parse();
    }

    private NiftiHeader Parse()
    {
        var separate = IsSeparate();
        var (size, channels) = ReadExtents();
        var type = ReadDataType();
        var (slope, intercept) = ReadScaling();
        var grid = new VoxelGrid(size, new NiftiOrientation(_fields, _warnings).Read(size));
        return new(Layout, grid, channels, type, _fields.BigEndian, slope, intercept, ReadDataOffset(separate), separate);
    }

    private bool IsSeparate()
    {
        var (magic, number) = (Encoding.Latin1.GetString(_fields.Bytes(Layout.Magic, 4)), Layout.Version);
        if (magic == $"ni{number}\0")
            return true;
        if (magic == $"n+{number}\0")
            return false;
        var found = Convert.ToHexString(Encoding.Latin1.GetBytes(magic));
        throw _fields.Refuse(Layout.Magic,
            $"magic is {found}, in a NIfTI-{number} file 6E2B3{number}00 (\"n+{number}\") or 6E693{number}00 (\"ni{number}\")");
    }

    private (VolumeSize Size, int Channels) ReadExtents()
    {
        var rank = _fields.Dim(0);
        if (rank is < 1 or > 7)
            throw _fields.Refuse(Layout.Dim, $"dim[0] is {rank}; a file has 1 to 7 dimensions");
        Span<int> extents = [1, 1, 1, 1, 1, 1, 1];
        Int128 values = 1;
        for (var i = 0; i < rank; i++)
        {
            var extent = _fields.Dim(i + 1);
            if (extent == 0 && i >= 3)
            {
                extent = 1;
                _warnings.Add($"dim[{i + 1}] is 0, but an extent is at least 1, which was taken");
            }
            if (extent < 1)
                throw _fields.Refuse(_fields.DimAt(i + 1), $"dim[{i + 1}] is {extent}; an extent is at least 1");
            values *= extent;
            if (values > Array.MaxLength)
                throw _fields.Refuse(_fields.DimAt(i + 1),
                    $"the extents multiply to {values} values or more; at most {Array.MaxLength} can be read");
            extents[i] = (int)extent;
        }
        return (new(extents[0], extents[1], extents[2]), extents[3] * extents[4] * extents[5] * extents[6]);
    }

    private NiftiDataType ReadDataType()
    {
        var type = (NiftiDataType)_fields.DataType;
        if (!Enum.IsDefined(type))
            throw _fields.Refuse(Layout.DataType, $"datatype is {(int)type}; only {KnownTypes()} can be read");
        var (stated, bits) = (_fields.BitPix, 8 * NiftiHeader.BytesPerVoxel(type));
        if (stated != bits)
            _warnings.Add($"bitpix is {stated}, but datatype {(int)type} ({type}) has {bits} bits, which were taken");
        return type;
    }

    private static string KnownTypes() =>
        string.Join(", ", Enum.GetValues<NiftiDataType>().Select(known => $"{(int)known} ({known})"));

    private (double Slope, double Intercept) ReadScaling()
    {
        var slope = _fields.Real(Layout.SclSlope);
        if (slope == 0 || !double.IsFinite(slope))
            return (1, 0); // The standard's way to say that values are stored as they are.
        var intercept = _fields.Real(Layout.SclInter);
        return double.IsFinite(intercept)
            ? (slope, intercept)
            : throw _fields.Refuse(Layout.SclInter, $"scl_inter is {intercept} with scl_slope {slope}");
    }

    private long ReadDataOffset(bool separate)
    {
        var offset = _fields.DataOffset;
        var first = separate ? 0 : Layout.FirstDataOffset;
        // Whole floats below 2^53 become exact longs; a larger offset lies in no file.
        return (offset >= first || offset == 0 || offset == Layout.Length) && offset < 1L << 53 && offset == Math.Floor(offset)
            ? (long)offset
            : throw _fields.Refuse(Layout.VoxOffset,
                $"vox_offset is {offset}; voxels begin at a whole number of bytes, at least {first}");
    }
}
