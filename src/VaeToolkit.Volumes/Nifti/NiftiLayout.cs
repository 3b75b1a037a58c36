namespace VaeToolkit.Volumes;

/// <summary>Where a version of the format keeps its fields, as the standards name them, and how wide numbers are.</summary>
internal sealed record NiftiLayout
{
    /// <summary>NIfTI-1: 348 bytes, 16-bit extents, 32-bit floats.</summary>
    public static NiftiLayout One { get; } = new()
    {
        Version = 1,
        Length = 348,
        Magic = 344,
        DataType = 70,
        BitPix = 72,
        Dim = 40,
        DimWidth = 2,
        PixDim = 76,
        VoxOffset = 108,
        SclSlope = 112,
        SclInter = 116,
        XyztUnits = 123,
        UnitsWidth = 1,
        QformCode = 252,
        SformCode = 254,
        CodeWidth = 2,
        Quaternion = 256,
        QuaternionOffset = 268,
        SformRows = 280,
        RealWidth = 4,
        RealEpsilon = 1.0 / (1 << 23),
    };

    /// <summary>NIfTI-2: 540 bytes, 64-bit extents and floats.</summary>
    public static NiftiLayout Two { get; } = new()
    {
        Version = 2,
        Length = 540,
        Magic = 4,
        DataType = 12,
        BitPix = 14,
        Dim = 16,
        DimWidth = 8,
        PixDim = 104,
        VoxOffset = 168,
        SclSlope = 176,
        SclInter = 184,
        XyztUnits = 500,
        UnitsWidth = 4,
        QformCode = 344,
        SformCode = 348,
        CodeWidth = 4,
        Quaternion = 352,
        QuaternionOffset = 376,
        SformRows = 400,
        RealWidth = 8,
        RealEpsilon = 1.0 / (1L << 52),
    };

    public required int Version { get; init; }

    /// <summary>Length of the fixed header in bytes.</summary>
    public required int Length { get; init; }

    /// <summary>Where voxels may begin in a file of one piece: after the header and four bytes that announce extensions.</summary>
    public int FirstDataOffset => Length + 4;

    public required int Magic { get; init; }

    public required int DataType { get; init; }

    public required int BitPix { get; init; }

    public required int Dim { get; init; }

    public required int DimWidth { get; init; }

    public required int PixDim { get; init; }

    /// <summary>A float in NIfTI-1, a whole number of 64 bits in NIfTI-2.</summary>
    public required int VoxOffset { get; init; }

    public required int SclSlope { get; init; }

    public required int SclInter { get; init; }

    public required int XyztUnits { get; init; }

    public required int UnitsWidth { get; init; }

    public required int QformCode { get; init; }

    public required int SformCode { get; init; }

    /// <summary>Width of the two codes.</summary>
    public required int CodeWidth { get; init; }

    public required int Quaternion { get; init; }

    public required int QuaternionOffset { get; init; }

    public required int SformRows { get; init; }

    /// <summary>Bytes of a floating-point number.</summary>
    public required int RealWidth { get; init; }

    /// <summary>The distance from 1 to the next floating-point number.</summary>
    public required double RealEpsilon { get; init; }

    /// <summary>The layout of a header that says so long it is, or null.</summary>
    public static NiftiLayout? OfLength(int length) => length == One.Length ? One : length == Two.Length ? Two : null;
}
