using System.Buffers.Binary;
using System.IO.Compression;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Reads IDX files, plain or gzipped (told by content, not by name; of several members too, or padded with zeros): two zero bytes, a type
/// code, the rank, big-endian extents, and the values. Bytes that follow the values are left alone, with a warning. Files are taken for
/// hostile: nothing is allocated that the file's real length cannot hold.
/// </summary>
public static class IdxReader
{
    private const byte UnsignedByte = 0x08;

    // Deflate packs at most 258 bytes into two bits, so no honest file grows more than this.
    private const uint HighestGzipRatio = 1032;
    private const long ShortestGzip = 18;

    // More of what follows the values is not unpacked to be counted.
    private const long MostCounted = 1 << 16;

    /// <summary>Reads a file of unsigned bytes.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IdxException">The file breaks the format, or holds another type than unsigned bytes.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IdxArray Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = Open(path);
        return Read(stream, path);
    }

    /// <summary>Reads from a stream's current position to its end.</summary>
    /// <param name="stream">A stream that knows its length; it stays open.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="ArgumentException">The stream does not know its length.</exception>
    /// <exception cref="IdxException">The content breaks the format, or holds another type than unsigned bytes.</exception>
    public static IdxArray Read(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek)
            throw new ArgumentException("The stream must be seekable: its length is checked before anything is allocated.", nameof(stream));
        var array = new IdxArray([], []);
        var warning = Read(stream, name, (shape, count) =>
        {
            var values = new byte[count];
            array = new IdxArray(shape, values);
            return values;
        });
        return new(array.Shape, array.Content) { Warning = warning };
    }

    /// <summary>
    /// As <see cref="Read(string)"/>, but straight into a tensor: a set of images is large,
    /// and a second copy of it would be the peak of a program's memory.
    /// </summary>
    /// <returns>uint8, in the caller's dispose scope, and the warning if there is one.</returns>
    internal static (torch.Tensor Values, string? Warning) ReadTensor(string path)
    {
        using var stream = Open(path);
        using var scope = torch.NewDisposeScope();
        var tensor = torch.empty([0L], torch.uint8, torch.CPU);
        var warning = Read(stream, path, (shape, _) => (tensor = torch.empty(shape, dtype: torch.uint8, device: torch.CPU)).bytes);
        return (tensor.MoveToOuterDisposeScope(), warning);
    }

    private delegate Span<byte> Allocate(long[] shape, int count);

    private static FileStream Open(string path)
        => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);

    // Gives the warning, or null.
    private static string? Read(Stream stream, string name, Allocate allocate)
    {
        var length = stream.Length - stream.Position;
        if (!IsGzip(stream))
            return ReadPlain(stream, name, length, allocate);
        if (length < ShortestGzip)
            throw new IdxException(name, 0, $"the gzip file has {length} bytes, the shortest one {ShortestGzip}; it is truncated");
        var packed = new MarkedGzip(stream);
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
        return ReadPacked(unpacked, packed, name, length, allocate);
    }

    private static bool IsGzip(Stream stream)
    {
        var start = stream.Position;
        var gzip = stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
        stream.Position = start;
        return gzip;
    }

    private static string? ReadPlain(Stream content, string name, long length, Allocate allocate)
    {
        var position = 0L;
        var shape = ReadShape(content, name, ref position);
        var left = length - position;
        var count = CheckedCount(shape, name, position, claimed => left >= 0 && claimed <= (ulong)left ? null : Follow(shape, left));
        Fill(content, allocate(shape, count), name, ref position);
        return left > count ? LeftAlone(name, position, $"{left - count} bytes") : null;
    }

    // How much a gzip file unpacks to is known once it is unpacked: what its end says is true of the last member alone, or is padding.
    private static string? ReadPacked(GZipStream unpacked, MarkedGzip packed, string name, long length, Allocate allocate)
    {
        var position = 0L;
        try
        {
            var shape = ReadShape(unpacked, name, ref position);
            var header = position;
            var count = CheckedCount(shape, name, header, claimed => ((ulong)header + claimed) / HighestGzipRatio <= (ulong)length ? null
                : $"the header says that the file unpacks to {(ulong)header + claimed} bytes, which {length} bytes cannot hold; it is "
                    + "truncated or damaged");
            var read = unpacked.ReadAtLeast(allocate(shape, count), count, throwOnEndOfStream: false);
            position += read;
            return RequireEnd(unpacked, packed, name, shape, position, read == count);
        }
        catch (InvalidDataException e)
        {
            throw new IdxException(name, position, $"the gzip data is damaged: {packed.Explain(e)}", e);
        }
    }

    // The unpacker comes to the mark behind the last member, or it stops in zeros before that. Reading on also makes it check its checksum.
    private static string? RequireEnd(Stream unpacked, MarkedGzip packed, string name, long[] shape, long position, bool isFull)
    {
        var header = 4 + (4 * shape.Length);
        var (more, length) = isFull ? CountOn(unpacked, packed) : (0, null);
        if (length is { } whole)
        {
            return whole > position
                ? $"{LeftAlone(name, position, $"{whole - position} bytes")}, and so was the byte behind" : Behind(name);
        }
        // The mark is no byte of the file's.
        var follow = more > 0 && packed.IsAtMark ? more - 1 : more;
        if (follow > 0)
            return LeftAlone(name, position, more > MostCounted ? $"more than {MostCounted} bytes" : $"{follow} bytes");
        if (more > 0)
            return null;
        if (isFull && !packed.IsAtMark)
            return packed.StoppedInPadding ? null : Behind(name);
        throw new IdxException(name, header, Follow(shape, position - header - (packed.IsAtMark ? 1 : 0)));
    }

    // How many bytes follow; or, where a single one as members begin with follows the gzip data, how many these have in all.
    private static (long More, long? Length) CountOn(Stream unpacked, MarkedGzip packed)
    {
        var more = 0L;
        try
        {
            while (more <= MostCounted && unpacked.ReadByte() >= 0)
                more++;
            return (more, null);
        }
        catch (InvalidDataException) when (packed.LengthBeforeLoneMagic() is not null)
        {
            return (more, packed.LengthBeforeLoneMagic());
        }
    }

    private static string Behind(string name) => $"{name}: what follows the gzip data was left alone";

    private static string LeftAlone(string name, long position, string bytes)
        => $"{name}: the values end at byte {position} by the header's count; {bytes} that follow were left alone";

    private static string Follow(long[] shape, long left)
        => $"the header claims {Extents(shape)} bytes, but {left} follow it; the file is truncated or damaged";

    private static long[] ReadShape(Stream content, string name, ref long position)
    {
        Span<byte> buffer = stackalloc byte[4];
        Fill(content, buffer, name, ref position);
        if (buffer[0] != 0 || buffer[1] != 0)
            throw new IdxException(name, 0, $"the file starts with {buffer[0]:X2} {buffer[1]:X2}, an IDX file with 00 00");
        if (buffer[2] != UnsignedByte)
            throw new IdxException(
                name, 2, $"the type code is 0x{buffer[2]:X2} ({TypeName(buffer[2])}); only 0x08 (unsigned byte) can be read");
        var shape = new long[buffer[3]];
        if (shape.Length == 0)
            throw new IdxException(name, 3, "the array has no dimensions; at least one was expected");
        for (var i = 0; i < shape.Length; i++)
        {
            Fill(content, buffer, name, ref position);
            shape[i] = BinaryPrimitives.ReadUInt32BigEndian(buffer);
        }
        return shape;
    }

    private static int CheckedCount(long[] shape, string name, long headerLength, Func<UInt128, string?> explain)
    {
        UInt128 count = 1;
        foreach (var extent in shape)
        {
            count *= (ulong)extent; // At most 2^32 each: the running product stays below 2^96 by the check that follows.
            if (count > ulong.MaxValue)
                break;
        }
        if (explain(count) is { } problem)
            throw new IdxException(name, headerLength, problem);
        if (count > (ulong)Array.MaxLength)
            throw new IdxException(name, headerLength, $"the header claims {Extents(shape)} bytes; at most {Array.MaxLength} can be read");
        return (int)count;
    }

    private static void Fill(Stream content, Span<byte> buffer, string name, ref long position)
    {
        while (!buffer.IsEmpty)
        {
            var read = content.Read(buffer);
            if (read == 0)
                throw new IdxException(name, position, $"the file ends here, {buffer.Length} bytes too early");
            position += read;
            buffer = buffer[read..];
        }
    }

    private static string Extents(long[] shape) => string.Join(" x ", shape.Take(8)) + (shape.Length > 8 ? " x ..." : "");

    private static string TypeName(byte code) => code switch
    {
        0x09 => "signed byte",
        0x0B => "16-bit integer",
        0x0C => "32-bit integer",
        0x0D => "32-bit float",
        0x0E => "64-bit float",
        _ => "unknown",
    };
}
