namespace VaeToolkit.OlderLinux;

/// <summary>An entry of a library's table of dynamic symbols, with the version that it is bound to.</summary>
/// <param name="Index">Its place in the table.</param>
/// <param name="NameText">Where its name is in the table of texts.</param>
/// <param name="Undefined">Whether another library is to define it.</param>
/// <param name="Version">The index of its version.</param>
/// <param name="VersionOffset">Where that index is in the file.</param>
internal readonly record struct DynamicSymbol(ulong Index, ulong NameText, bool Undefined, ushort Version, ulong VersionOffset)
{
    private const ulong EntrySize = 24, VersionSize = 2;

    /// <summary>All of a library's dynamic symbols.</summary>
    public static List<DynamicSymbol> All(ElfImage image, ElfSection symbols, ElfSection versions)
    {
        var bytes = image.Bytes;
        if (symbols.EntrySize != EntrySize || symbols.Size % EntrySize != 0)
            throw RefusedException.At(bytes.File, symbols.Offset, $"a table of entries of {symbols.EntrySize} bytes, not {EntrySize}.");
        if (versions.Size / VersionSize != symbols.Size / EntrySize)
            throw RefusedException.At(bytes.File, versions.Offset, "there are not as many symbols' versions as symbols.");
        var all = new List<DynamicSymbol>();
        for (ulong i = 0; i < symbols.Size / EntrySize; i++)
        {
            var (at, version) = (symbols.Offset + i * EntrySize, versions.Offset + i * VersionSize);
            all.Add(new DynamicSymbol(i, bytes.U32(at), bytes.U16(at + 6) == 0, bytes.U16(version), version));
        }
        return all;
    }
}
