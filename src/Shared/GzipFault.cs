using System.Buffers.Binary;
using System.IO.Compression;

namespace VaeToolkit;

/// <summary>
/// What is wrong with a gzip file that .NET's unpacker refuses, whose message is the same for all of it and speaks of archive entries. The
/// file is unpacked once more for that, without its checksums.
/// </summary>
internal static class GzipFault
{
    private const int Block = 1 << 13;

    // A small file may unpack to anything: what takes longer than some seconds is left alone.
    private const long MostUnpacked = 1L << 31;
    private const int HeaderLength = 10;
    private const int TrailerLength = 8;

    /// <summary>The fault as part of a sentence, with bytes of the packed file, or null where none is found.</summary>
    /// <param name="packed">The file; its position is left as it was.</param>
    /// <param name="start">Where it begins.</param>
    public static string? Explain(Stream packed, long start)
    {
        var before = packed.Position;
        try
        {
            string? fault = null;
            for (long? member = start; fault is null && member is { } at;)
                (fault, member) = OfMember(packed, at, start);
            return fault;
        }
        finally
        {
            packed.Position = before;
        }
    }

    // Of one member, and where the next begins.
    private static (string? Fault, long? Next) OfMember(Stream packed, long at, long start)
    {
        if (EndOfHeader(packed, at) is not { } data)
            return (null, null);
        // Blocks for speed, then the last of them byte by byte: the unpacker does not say how much of a block it has used.
        var coarse = Unpacked.Of(packed, data, packed.Length);
        if (coarse.Length > MostUnpacked)
            return (null, null);
        var fine = Unpacked.Of(packed, data, coarse.LastBlock);
        if (!fine.IsWhole)
            return (FormattableString.Invariant($"it cannot be unpacked beyond byte {fine.End - start} of the packed file"), null);
        var trailer = new byte[TrailerLength];
        packed.Position = fine.End;
        if (packed.ReadAtLeast(trailer, TrailerLength, throwOnEndOfStream: false) < TrailerLength)
            return (FormattableString.Invariant(
                $"the checksum should be in the bytes from {fine.End - start} of the packed file, which ends too early"), null);
        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(trailer.AsSpan(sizeof(uint)));
        var first = fine.End - start;
        if (checksum != coarse.Checksum)
            return (FormattableString.Invariant($"the checksum in bytes {first} to {first + 3} of the packed file is 0x{checksum:X8}, ")
                + FormattableString.Invariant($"that of what it unpacks to 0x{coarse.Checksum:X8}"), null);
        return length != (uint)coarse.Length
            ? (FormattableString.Invariant($"the length in bytes {first + 4} to {first + 7} of the packed file is {length}, ")
                + FormattableString.Invariant($"that of what it unpacks to {(uint)coarse.Length}"), null)
            : (null, fine.End + TrailerLength);
    }

    // RFC 1952, section 2.3; null where no member begins.
    private static long? EndOfHeader(Stream packed, long at)
    {
        const int Checked = 2, Extended = 4, Named = 8, Commented = 16;
        packed.Position = at;
        var header = new byte[HeaderLength];
        if (packed.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength || header is not [0x1F, 0x8B, 8, ..])
            return null;
        var flags = header[3];
        if ((flags & Extended) != 0)
        {
            var (low, high) = (packed.ReadByte(), packed.ReadByte());
            if (high < 0)
                return null;
            packed.Position += low + (high << 8);
        }
        foreach (var text in new[] { Named, Commented })
        {
            while ((flags & text) != 0 && packed.ReadByte() > 0)
            {
            }
        }
        return packed.Position + ((flags & Checked) != 0 ? sizeof(ushort) : 0);
    }

    /// <summary>What a member's data unpack to.</summary>
    private readonly record struct Unpacked(bool IsWhole, long End, long LastBlock, uint Checksum, long Length)
    {
        /// <summary>Unpacks, in blocks up to a byte and from there byte by byte.</summary>
        public static Unpacked Of(Stream packed, long start, long blocksUntil)
        {
            packed.Position = start;
            using var input = new Feed(packed, blocksUntil);
            using var deflated = new DeflateStream(input, CompressionMode.Decompress, leaveOpen: true);
            Span<byte> buffer = stackalloc byte[Block];
            var (checksum, length) = (0u, 0L);
            try
            {
                for (int read; length <= MostUnpacked && (read = deflated.Read(buffer)) > 0; length += read)
                    checksum = Crc32.Continued(checksum, buffer[..read]);
                return new(!input.IsExhausted, input.End, input.LastBlock, checksum, length);
            }
            catch (InvalidDataException)
            {
                return new(false, input.End, input.LastBlock, checksum, length);
            }
        }
    }

    private sealed class Feed(Stream packed, long blocksUntil) : ForwardStream
    {
        public long LastBlock { get; private set; } = packed.Position;

        public long End { get; private set; } = packed.Position;

        /// <summary>Whether more was asked for than there is.</summary>
        public bool IsExhausted { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            packed.Position = LastBlock = End;
            var read = packed.Read(buffer[..(int)Math.Min(buffer.Length, Math.Max(1, blocksUntil - End))]);
            End += read;
            IsExhausted |= read == 0 && buffer.Length > 0;
            return read;
        }
    }
}
