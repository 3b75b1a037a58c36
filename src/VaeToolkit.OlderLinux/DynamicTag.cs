namespace VaeToolkit.OlderLinux;

/// <summary>The entries of an ELF file's dynamic table that matter here, with elf.h's numbers.</summary>
internal static class DynamicTag
{
    public const ulong End = 0, Needed = 1, Hash = 4, Texts = 5, Symbols = 6, OwnName = 14, SearchPath = 15, LaterSearchPath = 29;
    public const ulong GnuHash = 0x6ffffef5, SymbolVersions = 0x6ffffff0, VersionsDefined = 0x6ffffffc, VersionsNeeded = 0x6ffffffe;
    public const ulong Configuration = 0x6ffffefa, DependencyAudit = 0x6ffffefb, Audit = 0x6ffffefc;
    public const ulong Auxiliary = 0x7ffffffd, Filter = 0x7fffffff;

    /// <summary>Whether an entry's value is the place of a text.</summary>
    public static bool NamesText(ulong tag) => tag is Needed or OwnName or SearchPath or LaterSearchPath
        or Configuration or DependencyAudit or Audit or Auxiliary or Filter;
}
