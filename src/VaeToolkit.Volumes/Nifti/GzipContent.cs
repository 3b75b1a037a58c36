using System.IO.Compression;

namespace VaeToolkit.Volumes;

/// <summary>
/// The bytes of a gzip file for the unpacker, which takes a file that lost its last bytes for whole. After the last byte come a few that
/// begin no gzip member: an unpacker at the end of a member leaves them alone, one within a member asks for still more. Zeros at the end,
/// with which tapes and some tools fill files up, are handed out by themselves, so that what else is left over is told from them.
/// </summary>
internal sealed class GzipContent : ForwardStream
{
    private const int Block = 4096;
    private const byte Magic = 0x1F;

    private readonly Stream _packed;
    private readonly long _start;
    private readonly long _zeros;
    private readonly long _end;
    private long _position;
    private int _asked;

    /// <param name="packed">A stream that knows its length, taken from its current position and not closed.</param>
    public GzipContent(Stream packed)
    {
        (_packed, _start, _position, _end) = (packed, packed.Position, packed.Position, packed.Length);
        _zeros = EndOfContent(packed);
    }

    private GzipContent(Stream packed, long start, long end)
        => (_packed, _start, _position, _zeros, _end) = (packed, start, start, end, end);

    /// <summary>Whether bytes were handed out that are not in the file.</summary>
    public bool IsExhausted => _asked > 0;

    /// <summary>Whether the unpacker asked for more than there is: it is within a member.</summary>
    public bool IsCutShort => _asked > 1;

    /// <summary>Whether the unpacker, at its end, left bytes other than zeros: it never asked for what comes after them.</summary>
    public bool HasMore => _asked == 0 && _position <= _zeros;

    /// <summary>
    /// Whether the file ends in a single byte as gzip members begin with, by which the unpacker takes it for one. The end of a member may
    /// look like that too: without the byte the file must unpack, its checksums with it.
    /// </summary>
    public bool EndsInLoneMagic()
    {
        _packed.Position = Math.Max(_start, _zeros - 1);
        return _packed.ReadByte() == Magic && IsWhole(new(_packed, _start, _zeros - 1));
    }

    /// <summary>What is wrong with the file, as part of a sentence, where the unpacker has refused it.</summary>
    public string Explain(InvalidDataException refusal) => GzipFault.Explain(_packed, _start) ?? refusal.Message.TrimEnd('.');

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        var most = (_position < _zeros ? _zeros : _end) - _position;
        if (most > 0)
        {
            _packed.Position = _position;
            var read = _packed.Read(buffer[..(int)Math.Min(buffer.Length, most)]);
            _position += read;
            return read;
        }
        if (++_asked > 1)
            return 0;
        var made = buffer[..Math.Min(buffer.Length, 16)];
        made.Fill(0xFF);
        return made.Length;
    }

    private static bool IsWhole(GzipContent packed)
    {
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
        Span<byte> skipped = stackalloc byte[Block];
        try
        {
            while (unpacked.Read(skipped) > 0)
            {
                if (packed.IsExhausted)
                    return false;
            }
            return !packed.IsCutShort;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>The place after the last byte that is not 0.</summary>
    private static long EndOfContent(Stream packed)
    {
        var (start, end) = (packed.Position, packed.Length);
        Span<byte> block = stackalloc byte[Block];
        while (end > start)
        {
            var some = block[..(int)Math.Min(Block, end - start)];
            packed.Position = end - some.Length;
            packed.ReadExactly(some);
            var last = some.LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
                return end - some.Length + last + 1;
            end -= some.Length;
        }
        return start;
    }
}
