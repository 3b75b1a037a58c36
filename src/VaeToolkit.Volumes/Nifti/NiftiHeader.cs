namespace VaeToolkit.Volumes;

/// <summary>What a header says, checked.</summary>
/// <param name="Layout">The version of the format.</param>
/// <param name="Grid">Where the voxels lie.</param>
/// <param name="Channels">The product of the extents after the third.</param>
/// <param name="DataType">How voxels are stored.</param>
/// <param name="BigEndian">Whether numbers are stored with the highest byte first.</param>
/// <param name="Slope">Voxels are raw · slope + intercept.</param>
/// <param name="Intercept">Voxels are raw · slope + intercept.</param>
/// <param name="StatedOffset">Byte at which the voxels are said to begin, in the same file or, for a pair, in the image file.</param>
/// <param name="SeparateImage">Whether the voxels are in an <c>.img</c> file of their own.</param>
internal sealed record NiftiHeader(
    NiftiLayout Layout, VoxelGrid Grid, int Channels, NiftiDataType DataType, bool BigEndian, double Slope, double Intercept,
    long StatedOffset, bool SeparateImage)
{
    public long VoxelCount => Channels * Grid.Size.Count;

    public long DataLength => VoxelCount * BytesPerVoxel(DataType);

    public static int BytesPerVoxel(NiftiDataType type) => type switch
    {
        NiftiDataType.Unsigned8 or NiftiDataType.Signed8 => 1,
        NiftiDataType.Signed16 or NiftiDataType.Unsigned16 => 2,
        NiftiDataType.Signed32 or NiftiDataType.Unsigned32 or NiftiDataType.Real32 => 4,
        _ => 8,
    };

    /// <summary>
    /// Byte at which the voxels begin. Files of one piece are found that say 0 or the header's length, with extensions before the voxels or
    /// without, and pairs that say where voxels would begin in one piece; then the length of the data decides.
    /// </summary>
    /// <param name="source">What holds the voxels; its length is asked only where the stated offset cannot be right.</param>
    public long DataOffset(NiftiSource source)
    {
        if (SeparateImage)
            return (StatedOffset == Layout.Length || StatedOffset == Layout.FirstDataOffset) && source.Length() == DataLength
                ? 0 : StatedOffset;
        if (StatedOffset >= Layout.FirstDataOffset)
            return StatedOffset;
        var before = source.Length() - DataLength;
        return before == Layout.Length || source.HasExtensionsUntil(before, Layout, BigEndian) ? before : Layout.FirstDataOffset;
    }
}
