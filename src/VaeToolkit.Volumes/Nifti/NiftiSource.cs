using System.Buffers.Binary;
using System.IO.Compression;

namespace VaeToolkit.Volumes;

/// <summary>
/// The unpacked bytes of a file, plain or gzipped in one member or several (told by content, not by name), read forwards with the place
/// counted.
/// </summary>
internal sealed class NiftiSource : IDisposable
{
    // Extensions have a multiple of so many bytes.
    private const int ShortestExtension = 16;

    private readonly Stream _packed;
    private readonly GzipContent? _gzip;
    private readonly Stream _content;
    private readonly long _start;
    private bool _endsInLoneByte;

    /// <param name="packed">A stream that knows its length, taken from its current position and not closed.</param>
    /// <param name="name">What to call it in messages.</param>
    public NiftiSource(Stream packed, string name)
    {
        (_packed, Name, _start) = (packed, name, packed.Position);
        var isGzip = packed.ReadByte() == 0x1F && packed.ReadByte() == 0x8B;
        packed.Position = _start;
        _gzip = isGzip ? new(packed) : null;
        _content = _gzip is null ? packed : new GZipStream(_gzip, CompressionMode.Decompress, leaveOpen: true);
    }

    public string Name { get; }

    public long Position { get; private set; }

    public void Dispose()
    {
        if (_content != _packed)
            _content.Dispose();
    }

    /// <summary>
    /// Refuses a plain file that is shorter than its header claims, before anything is allocated; packed files are counted as they unpack.
    /// </summary>
    public void RequireLength(long length)
    {
        var known = _packed.Length - _start;
        if (_gzip is null && known < length)
            throw new NiftiException(
                Name, Position, $"the header claims a file of {length} bytes, but it has {known}; it is truncated or damaged");
    }

    /// <summary>How many bytes there are; a packed file is unpacked once more for that, and nothing of it is kept.</summary>
    public long Length()
    {
        if (_gzip is null)
            return _packed.Length - _start;
        _packed.Position = _start;
        using var again = new NiftiSource(_packed, Name);
        return again.SkipToEnd();
    }

    /// <summary>
    /// Whether the header is followed by extensions, each of which says how many bytes it has, and the last ends at some byte. A packed
    /// file is unpacked once more for that.
    /// </summary>
    public bool HasExtensionsUntil(long end, NiftiLayout layout, bool bigEndian)
    {
        if (end < layout.FirstDataOffset + ShortestExtension)
            return false;
        var before = _packed.Position;
        _packed.Position = _start;
        using var again = new NiftiSource(_packed, Name);
        Span<byte> number = stackalloc byte[sizeof(int)];
        again.SkipTo(layout.Length);
        again.Fill(number);
        var isExtended = number[0] != 0;
        while (isExtended && again.Position < end)
        {
            again.Fill(number);
            var size = bigEndian ? BinaryPrimitives.ReadInt32BigEndian(number) : BinaryPrimitives.ReadInt32LittleEndian(number);
            isExtended = size >= ShortestExtension && size % ShortestExtension == 0 && again.Position - number.Length + size <= end;
            if (isExtended)
                again.SkipTo(again.Position - number.Length + size);
        }
        _packed.Position = before;
        return isExtended;
    }

    public void Fill(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var read = Read(buffer);
            if (read == 0)
                throw new NiftiException(Name, Position, $"the file ends here, {buffer.Length} bytes or more too early");
            Position += read;
            buffer = buffer[read..];
        }
    }

    public void SkipTo(long position)
    {
        Span<byte> skipped = stackalloc byte[1024];
        while (Position < position)
            Fill(skipped[..(int)Math.Min(skipped.Length, position - Position)]);
    }

    /// <summary>Goes on to the end, which makes the unpacker check its checksums, and says what follows the voxels.</summary>
    public void Finish(NiftiWarnings warnings)
    {
        var voxelsEnd = Position;
        if (SkipToEnd() - voxelsEnd is > 0 and var more)
            warnings.Add($"the voxels end at byte {voxelsEnd} by the header's count; {more} bytes that follow were left alone");
        if (_gzip is { HasMore: true } || _endsInLoneByte)
            warnings.Add($"what follows the gzip data was left alone");
    }

    private long SkipToEnd()
    {
        if (_gzip is null)
            return Position = _packed.Length - _start;
        Span<byte> skipped = stackalloc byte[8192];
        try
        {
            for (int read; (read = Read(skipped)) > 0;)
                Position += read;
        }
        catch (NiftiException e) when (e.InnerException is InvalidDataException && _gzip.EndsInLoneMagic())
        {
            _endsInLoneByte = true;
        }
        return Position;
    }

    private int Read(Span<byte> buffer)
    {
        try
        {
            var read = _content.Read(buffer);
            return _gzip is { IsExhausted: true } && (read > 0 || _gzip.IsCutShort)
                ? throw new NiftiException(Name, Position, $"the gzip data is damaged: it ends too early")
                : read;
        }
        catch (InvalidDataException e)
        {
            throw new NiftiException(Name, Position, $"the gzip data is damaged: {_gzip!.Explain(e)}", e);
        }
    }
}
