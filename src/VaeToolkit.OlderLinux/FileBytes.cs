using System.Buffers.Binary;
using System.Text;

namespace VaeToolkit.OlderLinux;

/// <summary>The bytes of a file, read as little-endian numbers and NUL-terminated texts, with every offset checked.</summary>
internal sealed class FileBytes(string file, byte[] bytes)
{
    public string File => file;

    public ulong Length => (ulong)bytes.Length;

    public ushort U16(ulong offset) => BinaryPrimitives.ReadUInt16LittleEndian(At(offset, sizeof(ushort)));

    public uint U32(ulong offset) => BinaryPrimitives.ReadUInt32LittleEndian(At(offset, sizeof(uint)));

    public ulong U64(ulong offset) => BinaryPrimitives.ReadUInt64LittleEndian(At(offset, sizeof(ulong)));

    /// <summary>The bytes from <paramref name="offset"/> on, if the file has them all.</summary>
    public ReadOnlySpan<byte> At(ulong offset, ulong count)
    {
        if (offset > Length || count > Length - offset)
            throw RefusedException.At(file, offset, $"{count} bytes are expected here, beyond the file's end at {Length}.");
        return bytes.AsSpan((int)offset, (int)count);
    }

    /// <summary>The text that starts at <paramref name="offset"/> and ends with a NUL before <paramref name="end"/>.</summary>
    public string Text(ulong offset, ulong end)
    {
        if (offset >= end)
            throw RefusedException.At(file, offset, $"a text is expected here, beyond its table's end at {end}.");
        var rest = At(offset, end - offset);
        var length = rest.IndexOf((byte)0);
        if (length < 0)
            throw RefusedException.At(file, offset, $"the text has no end before {end}.");
        return Encoding.Latin1.GetString(rest[..length]);
    }

    public byte[] Copy() => (byte[])bytes.Clone();
}
