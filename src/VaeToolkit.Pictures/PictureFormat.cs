using System.Buffers.Binary;

namespace VaeToolkit.Pictures;

/// <summary>
/// Looks whether a file is a whole PNG, JPEG or BMP: the decoder fills up what a cut file lacks, and does not look at checksums.
/// </summary>
internal static class PictureFormat
{
    private const byte JpegMarker = 0xFF;
    private const byte JpegStartOfScan = 0xDA;
    private const byte JpegEnd = 0xD9;
    private const int BmpHeaderLength = 34;

    private static ReadOnlySpan<byte> PngSignature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private static ReadOnlySpan<byte> JpegSignature => [JpegMarker, 0xD8, JpegMarker];

    /// <summary>What is wrong with a file's bytes, or null.</summary>
    public static string? Problem(ReadOnlySpan<byte> file)
        => file.IsEmpty ? "the file is empty"
            : file.StartsWith(PngSignature) ? PngProblem(file)
            : file.StartsWith(JpegSignature) ? JpegProblem(file)
            : file.StartsWith("BM"u8) ? BmpProblem(file)
            : $"it is no PNG, JPEG or BMP; it begins with {Convert.ToHexString(file[..Math.Min(4, file.Length)])}";

    private static string? PngProblem(ReadOnlySpan<byte> file)
    {
        for (var at = PngSignature.Length; ;)
        {
            if (file.Length - at < 12)
                return Cut(file, "PNG");
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12)
                return Cut(file, "PNG");
            var content = file.Slice(at + 4, (int)length + 4);
            if (Crc32.Of(content) != BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..]))
                return FormattableString.Invariant($"the checksum of the PNG's part at byte {at} is wrong");
            if (content.StartsWith("IEND"u8))
                return null;
            at += 12 + (int)length;
        }
    }

    // Segments up to the first scan have lengths; in a scan no end marker can stand but the real one.
    private static string? JpegProblem(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at + 4 <= file.Length;)
        {
            if (file[at] != JpegMarker)
                return FormattableString.Invariant($"a part of the JPEG was expected at byte {at}");
            var kind = file[at + 1];
            if (kind == JpegMarker)
            {
                at++;
                continue;
            }
            if (kind == JpegEnd)
                return FormattableString.Invariant($"the JPEG ends at byte {at}, before its picture");
            if (kind == JpegStartOfScan)
                return file[at..].IndexOf([JpegMarker, JpegEnd]) < 0 ? Cut(file, "JPEG") : null;
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }
        return Cut(file, "JPEG");
    }

    private static string? BmpProblem(ReadOnlySpan<byte> file)
    {
        if (file.Length < BmpHeaderLength)
            return Cut(file, "BMP");
        long start = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) == 12)
        {
            var (narrow, low) = (BinaryPrimitives.ReadUInt16LittleEndian(file[18..]), BinaryPrimitives.ReadUInt16LittleEndian(file[20..]));
            return start + Rows(narrow, low, BinaryPrimitives.ReadUInt16LittleEndian(file[24..])) > file.Length ? Cut(file, "BMP") : null;
        }
        long width = BinaryPrimitives.ReadInt32LittleEndian(file[18..]), height = BinaryPrimitives.ReadInt32LittleEndian(file[22..]);
        var packed = BinaryPrimitives.ReadUInt32LittleEndian(file[30..]) is not (0 or 3);
        var rows = packed ? 1 : Rows(width, Math.Abs(height), BinaryPrimitives.ReadUInt16LittleEndian(file[28..]));
        return start + rows > file.Length ? Cut(file, "BMP") : null;
    }

    // A row is filled up to whole groups of four bytes.
    private static double Rows(double width, double height, double bits) => Math.Ceiling(width * bits / 32) * 4 * height;

    private static string Cut(ReadOnlySpan<byte> file, string kind)
        => FormattableString.Invariant($"the {kind} is cut off: the file ends at byte {file.Length}");
}
