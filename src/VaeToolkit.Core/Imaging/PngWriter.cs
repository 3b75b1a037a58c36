using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>Writes PNG images, eight bits a channel, grey or RGB, with no imaging dependency.</summary>
public static class PngWriter
{
    private const byte Grey = 0;
    private const byte Rgb = 2;

    private static readonly byte[] s_signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes a file; it appears whole or not at all.</summary>
    /// <param name="path">Where; the folder is made if it is not there.</param>
    /// <param name="pixels">Bytes row by row, <c>height * width * channels</c>, channels interleaved.</param>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlyMemory<byte> pixels, int width, int height, int channels = 1)
    {
        CheckSizes(pixels.Length, width, height, channels);
        AtomicFile.Write(path, stream => Write(stream, pixels.Span, width, height, channels));
    }

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="pixels">Bytes row by row, <c>height * width * channels</c>, channels interleaved.</param>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public static void Write(Stream stream, ReadOnlySpan<byte> pixels, int width, int height, int channels = 1)
    {
        ArgumentNullException.ThrowIfNull(stream);
        CheckSizes(pixels.Length, width, height, channels);
        stream.Write(s_signature);
        WriteChunk(stream, "IHDR", Header(width, height, channels));
        WriteChunk(stream, "IDAT", Compress(pixels, width * channels));
        WriteChunk(stream, "IEND", []);
    }

    private static void CheckSizes(long pixels, int width, int height, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "A PNG written here has 1 channel (grey) or 3 (RGB).");
        if (pixels != (Int128)width * height * channels)
            throw new ArgumentException(
                $"{width} x {height} pixels of {channels} channels take {(Int128)width * height * channels} bytes, but "
                + $"{pixels} were given.",
                nameof(pixels));
    }

    private static byte[] Header(int width, int height, int channels)
    {
        var header = new byte[13]; // Compression, filter and interlace methods stay 0.
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = channels == 1 ? Grey : Rgb;
        return header;
    }

    /// <summary>The rows, each after a filter byte of 0 (none), deflated.</summary>
    private static byte[] Compress(ReadOnlySpan<byte> pixels, int rowLength)
    {
        using var buffer = new MemoryStream();
        using (var deflate = new ZLibStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (; !pixels.IsEmpty; pixels = pixels[rowLength..])
            {
                deflate.WriteByte(0);
                deflate.Write(pixels[..rowLength]);
            }
        }
        return buffer.ToArray();
    }

    private static void WriteChunk(Stream stream, string type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        var name = Encoding.ASCII.GetBytes(type);
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(name);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(name, data));
        stream.Write(number);
    }
}
