using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace VaeToolkit.Tests.Imaging;

/// <summary>A PNG decoded by the book, for as much of PNG as is written here: 8 bits, no filter, no interlace.</summary>
internal sealed record PngContent(
    int Width, int Height, int Channels, byte[] Pixels, IReadOnlyList<(string Type, byte[] Data, uint Crc)> Chunks)
{
    public static PngContent Decode(byte[] file)
    {
        file[..8].Should().Equal(0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A);
        var chunks = new List<(string Type, byte[] Data, uint Crc)>();
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var end = at + 8 + length;
            var crc = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(end));
            chunks.Add((Encoding.ASCII.GetString(file, at + 4, 4), file[(at + 8)..end], crc));
            at = end + 4;
        }
        var header = chunks[0].Data;
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)));
        header[8].Should().Be(8);
        header[10..].Should().Equal(0, 0, 0);
        var channels = header[9] == 2 ? 3 : 1;
        return new PngContent(width, height, channels, Pixel(chunks[1].Data, height, width * channels), chunks);
    }

    private static byte[] Pixel(byte[] packed, int height, int rowLength)
    {
        using var unpacked = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress))
            zlib.CopyTo(unpacked);
        unpacked.Length.Should().Be(height * (rowLength + 1));
        var rows = unpacked.ToArray().Chunk(rowLength + 1).ToArray();
        rows.Should().OnlyContain(row => row[0] == 0);
        return [.. rows.SelectMany(row => row[1..])];
    }
}
