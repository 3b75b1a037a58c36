namespace VaeToolkit;

/// <summary>
/// CRC-32 as PNG and gzip use it (polynomial 0x04C11DB7, bits reflected). The framework has none without another package.
/// </summary>
internal static class Crc32
{
    private static readonly uint[] s_table = [.. Enumerable.Range(0, 256).Select(i => Entry((uint)i))];

    /// <summary>The checksum of two runs of bytes, one after the other.</summary>
    public static uint Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default) =>
        ~Update(Update(uint.MaxValue, first), second);

    /// <summary>The checksum of a run of bytes after others, of which it is known.</summary>
    public static uint Continued(uint checksum, ReadOnlySpan<byte> bytes) => ~Update(~checksum, bytes);

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
            crc = s_table[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    private static uint Entry(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) == 0 ? value >> 1 : 0xEDB88320 ^ (value >> 1);
        return value;
    }
}
