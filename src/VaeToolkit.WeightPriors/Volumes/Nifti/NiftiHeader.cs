namespace VaeToolkit.WeightPriors.Volumes.Nifti;

/// <summary>What a NIfTI-1 header says, checked.</summary>
/// <param name="Grid">Where the voxels lie.</param>
/// <param name="Channels">The product of the extents after the third.</param>
/// <param name="DataType">How voxels are stored.</param>
/// <param name="BigEndian">Whether numbers are stored with the highest byte first.</param>
/// <param name="Slope">Voxels are raw · slope + intercept.</param>
/// <param name="Intercept">Voxels are raw · slope + intercept.</param>
/// <param name="DataOffset">Byte at which the voxels begin, in the same file or, for a pair, in the image file.</param>
/// <param name="SeparateImage">Whether the voxels are in an <c>.img</c> file of their own.</param>
internal sealed record NiftiHeader(
    VoxelGrid Grid, int Channels, NiftiDataType DataType, bool BigEndian, double Slope, double Intercept,
    long DataOffset, bool SeparateImage)
{
    /// <summary>Length of the fixed header in bytes.</summary>
    public const int Length = 348;

    /// <summary>Where voxels may begin in a file of one piece: after the header and four bytes that announce extensions.</summary>
    public const int FirstDataOffset = 352;

    public long VoxelCount => Channels * Grid.Size.Count;

    public long DataLength => VoxelCount * BytesPerVoxel(DataType);

    public static int BytesPerVoxel(NiftiDataType type) => type switch
    {
        NiftiDataType.Unsigned8 or NiftiDataType.Signed8 => 1,
        NiftiDataType.Signed16 or NiftiDataType.Unsigned16 => 2,
        NiftiDataType.Signed32 or NiftiDataType.Unsigned32 or NiftiDataType.Real32 => 4,
        _ => 8,
    };
}
