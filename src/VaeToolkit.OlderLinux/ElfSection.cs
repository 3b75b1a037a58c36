namespace VaeToolkit.OlderLinux;

/// <summary>One entry of an ELF file's table of sections.</summary>
internal readonly record struct ElfSection(uint Type, ulong Address, ulong Offset, ulong Size, uint Link, ulong EntrySize)
{
    // elf.h: SHT_NULL, SHT_STRTAB, SHT_DYNAMIC, SHT_NOBITS, SHT_DYNSYM, SHT_GNU_HASH, SHT_GNU_verdef, SHT_GNU_verneed, SHT_GNU_versym.
    public const uint Unused = 0, Texts = 3, Dynamic = 6, NoBits = 8, DynamicSymbols = 11;
    public const uint GnuHash = 0x6ffffff6, VersionsDefined = 0x6ffffffd, VersionsNeeded = 0x6ffffffe, VersionsOfSymbols = 0x6fffffff;

    public ulong End => Offset + Size;
}
