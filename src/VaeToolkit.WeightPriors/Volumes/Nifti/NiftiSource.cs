using System.Buffers.Binary;
using System.IO.Compression;

namespace VaeToolkit.WeightPriors.Volumes.Nifti;

/// <summary>The unpacked bytes of a file, plain or gzipped (told by content, not by name), read forwards with the place counted.</summary>
internal sealed class NiftiSource : IDisposable
{
    private readonly Stream _packed;
    private readonly Stream _content;
    private readonly long? _length;

    /// <param name="packed">A stream that knows its length, taken from its current position and not closed.</param>
    /// <param name="name">What to call it in messages.</param>
    public NiftiSource(Stream packed, string name)
    {
        (_packed, Name) = (packed, name);
        var start = packed.Position;
        var gzip = packed.ReadByte() == 0x1F && packed.ReadByte() == 0x8B;
        packed.Position = start;
        _length = gzip ? null : packed.Length - start;
        _content = gzip ? new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true) : packed;
    }

    public string Name { get; }

    public long Position { get; private set; }

    public void Dispose()
    {
        if (_content != _packed)
            _content.Dispose();
    }

    /// <summary>
    /// Refuses a plain file whose length is not what its header claims, before anything is allocated;
    /// packed files are counted as they unpack.
    /// </summary>
    public void RequireLength(long length)
    {
        if (_length is { } known && known != length)
            throw new NiftiException(
                Name, Position, $"the header claims a file of {length} bytes, but it has {known}; it is truncated or damaged");
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

    /// <summary>Requires the end; it makes the unpacker check its checksum.</summary>
    public void RequireEnd()
    {
        Span<byte> more = stackalloc byte[1];
        if (Read(more) != 0)
            throw new NiftiException(Name, Position, "the voxels end here by the header's count, but more bytes follow");
        if (_length is null)
            RequireGzipLength();
    }

    /// <summary>The unpacker takes a file that lost its last bytes for whole; the length that it states in them tells.</summary>
    private void RequireGzipLength()
    {
        Span<byte> trailer = stackalloc byte[4];
        _packed.Position = _packed.Length - trailer.Length;
        _packed.ReadExactly(trailer);
        var stated = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        if (stated != (uint)Position)
            throw new NiftiException(
                Name, Position, $"the gzip file says at its end that it unpacks to {stated} bytes, but {Position} came; it is "
                    + "truncated, or of several parts");
    }

    private int Read(Span<byte> buffer)
    {
        try
        {
            return _content.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw new NiftiException(Name, Position, $"the gzip data is damaged: {e.Message.TrimEnd('.')}", e);
        }
    }
}
