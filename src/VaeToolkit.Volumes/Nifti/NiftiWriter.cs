using System.Buffers.Binary;
using System.IO.Compression;
using VaeToolkit.Storage;

namespace VaeToolkit.Volumes;

/// <summary>
/// Writes NIfTI-1 files, little-endian, with the affine map as sform and, where it is a rotation with spacings, as qform.
/// </summary>
internal static class NiftiWriter
{
    private const int BlockVoxels = 8192;
    private const byte Millimetres = 2;
    private const short ScannerCoordinates = 1;

    public static void Write<T>(string path, Volume<T> volume, NiftiDataType type, Func<T, double> convert)
        where T : unmanaged
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(volume);
        if (NiftiReader.IsOfPair(path))
            throw new ArgumentException(
                $"'{path}' is one half of a pair of files; volumes are written as one, .nii or .nii.gz.", nameof(path));
        if (!Enum.IsDefined(type))
            throw new ArgumentOutOfRangeException(nameof(type), type, "This is no data type that can be written.");
        var header = Header(volume.Grid, volume.Channels, type);
        AtomicFile.Write(path, file =>
        {
            if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            {
                WriteTo(file, header, volume, type, convert);
                return;
            }
            using var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true);
            WriteTo(gzip, header, volume, type, convert);
        });
    }

    private static void WriteTo<T>(Stream stream, byte[] header, Volume<T> volume, NiftiDataType type, Func<T, double> convert)
        where T : unmanaged
    {
        stream.Write(header);
        var block = new double[BlockVoxels];
        var bytes = new byte[BlockVoxels * NiftiHeader.BytesPerVoxel(type)];
        for (var done = 0; done < volume.Data.Length; done += BlockVoxels)
        {
            var some = Math.Min(BlockVoxels, volume.Data.Length - done);
            for (var i = 0; i < some; i++)
                block[i] = convert(volume.Data[done + i]);
            var bad = VoxelCodec.Encode(block.AsSpan(0, some), type, bytes);
            if (bad >= 0)
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"{volume.Name}: voxel {done + bad} is {block[bad]}, which {type} cannot hold exactly."), nameof(volume));
            stream.Write(bytes, 0, some * NiftiHeader.BytesPerVoxel(type));
        }
    }

    private static byte[] Header(VoxelGrid grid, int channels, NiftiDataType type)
    {
        var bytes = new byte[NiftiLayout.One.FirstDataOffset];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, NiftiLayout.One.Length);
        WriteShorts(bytes, 40, channels == 1 ? 3 : 4, grid.Size.Width, grid.Size.Height, grid.Size.Depth, channels, 1, 1, 1);
        WriteShorts(bytes, 70, (int)type, 8 * NiftiHeader.BytesPerVoxel(type));
        WriteFloats(bytes, 108, NiftiLayout.One.FirstDataOffset, 1, 0);
        bytes[123] = Millimetres;
        WriteOrientation(bytes, grid.Affine);
        "n+1\0"u8.CopyTo(bytes.AsSpan(344));
        return bytes;
    }

    private static void WriteOrientation(byte[] bytes, Affine affine)
    {
        var rotation = RotationQuaternion.From(affine);
        var spacing = affine.Spacing;
        // The format has 32-bit floats: what becomes 0 or infinite in them could not be read again.
        if (new[] { spacing.X, spacing.Y, spacing.Z }.Any(length => !float.IsNormal((float)length))
            || Enumerable.Range(0, 12).Any(i => !float.IsFinite((float)affine[i / 4, i % 4])))
            throw new ArgumentException($"The affine map {affine} is beyond 32-bit floats, which a NIfTI-1 file has.");
        WriteFloats(bytes, 76, affine.Determinant < 0 ? -1 : 1, spacing.X, spacing.Y, spacing.Z, 1);
        WriteShorts(bytes, 252, rotation is null ? 0 : ScannerCoordinates, ScannerCoordinates);
        if (rotation is { } q)
            WriteFloats(bytes, 256, q.B, q.C, q.D, affine.Origin.X, affine.Origin.Y, affine.Origin.Z);
        for (var row = 0; row < 3; row++)
            WriteFloats(bytes, 280 + (16 * row), affine[row, 0], affine[row, 1], affine[row, 2], affine[row, 3]);
    }

    private static void WriteShorts(byte[] bytes, int offset, params ReadOnlySpan<int> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] > short.MaxValue)
                throw new ArgumentException(
                    $"A NIfTI-1 file has at most {short.MaxValue} voxels along an axis and as many channels, but there are {values[i]}.");
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(offset + (2 * i)), (short)values[i]);
        }
    }

    private static void WriteFloats(byte[] bytes, int offset, params ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(offset + (4 * i)), (float)values[i]);
    }
}
