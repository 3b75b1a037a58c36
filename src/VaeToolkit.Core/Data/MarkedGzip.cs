using System.IO.Compression;

namespace VaeToolkit;

/// <summary>
/// A gzip file as the unpacker reads it: its bytes, which may be several members, and behind them a member of one byte as a mark. .NET's
/// unpacker takes a file that lost its end for whole; that it comes to the mark shows that the last member is. Padding with zeros is given
/// byte by byte, so that the unpacker is seen to stop there.
/// </summary>
internal sealed class MarkedGzip : ForwardStream
{
    private static readonly byte[] s_mark = PackedByte();

    private readonly Stream _packed;
    private readonly long _start;
    private readonly long _zeros;
    private readonly long _end;
    private int _marked;

    /// <summary>Reads a stream from its position to its end.</summary>
    internal MarkedGzip(Stream packed)
    {
        (_packed, _start, _end) = (packed, packed.Position, packed.Length);
        _zeros = StartOfLastZeros(packed, _start);
        packed.Position = _start;
    }

    private MarkedGzip(Stream packed, long start, long end)
    {
        (_packed, _start, _zeros, _end) = (packed, start, end, end);
        packed.Position = start;
    }

    /// <summary>Whether the mark was read: the byte that was unpacked last may be it.</summary>
    internal bool IsAtMark => _marked > 0;

    /// <summary>Whether the unpacker stopped in zeros after the last member.</summary>
    internal bool StoppedInPadding => !IsAtMark && _packed.Position > _zeros;

    /// <summary>
    /// What the file unpacks to without a single byte at its end as gzip members begin with, by which the unpacker takes it for one. The
    /// end of a member may look like that too: without the byte the file must unpack to the mark, its checksums with it.
    /// </summary>
    /// <returns>How many bytes it unpacks to; null where it does not end so.</returns>
    internal long? LengthBeforeLoneMagic()
    {
        var before = _packed.Position;
        try
        {
            _packed.Position = Math.Max(_start, _zeros - 1);
            return _packed.ReadByte() == s_mark[0] ? LengthOf(new(_packed, _start, _zeros - 1)) : null;
        }
        finally
        {
            _packed.Position = before;
        }
    }

    /// <summary>What is wrong with the file, as part of a sentence, where the unpacker has refused it.</summary>
    public string Explain(InvalidDataException refusal) => GzipFault.Explain(_packed, _start) ?? refusal.Message.TrimEnd('.');

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        var left = _zeros - _packed.Position;
        var read = _packed.Read(left > 0 ? buffer[..(int)Math.Min(left, buffer.Length)] : buffer[..(_packed.Position < _end ? 1 : 0)]);
        if (read > 0)
            return read;
        read = Math.Min(buffer.Length, s_mark.Length - _marked);
        s_mark.AsSpan(_marked, read).CopyTo(buffer);
        _marked += read;
        return read;
    }

    // Without the mark; null where the file is damaged.
    private static long? LengthOf(MarkedGzip packed)
    {
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
        var block = new byte[8192];
        try
        {
            var length = 0L;
            for (int read; (read = unpacked.Read(block)) > 0;)
                length += read;
            return packed.IsAtMark ? length - 1 : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static long StartOfLastZeros(Stream packed, long start)
    {
        Span<byte> block = stackalloc byte[512];
        for (var end = packed.Length; end > start;)
        {
            var part = block[..(int)Math.Min(block.Length, end - start)];
            packed.Position = end - part.Length;
            packed.ReadExactly(part);
            var last = part.LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
                return end - part.Length + last + 1;
            end -= part.Length;
        }
        return start;
    }

    private static byte[] PackedByte()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.WriteByte(1);
        return packed.ToArray();
    }
}
