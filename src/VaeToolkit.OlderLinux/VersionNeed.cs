namespace VaeToolkit.OlderLinux;

/// <summary>A version that a library needs of another one: <c>GLIBCXX_3.4</c> of <c>libstdc++.so.6</c>, say.</summary>
/// <param name="Offset">Where the entry starts in the file.</param>
/// <param name="LibraryText">Where the library's name is in the table of texts.</param>
/// <param name="NameText">Where the version's name is there.</param>
internal readonly record struct VersionNeed(
    string Library, string Name, ushort Flags, ushort Index, ulong Offset, ulong LibraryText, ulong NameText)
{
    /// <summary>elf.h's VER_FLG_WEAK: the loader does not mind when the version is not there.</summary>
    public const ushort Weak = 2;

    /// <summary>Where the flags are in the file.</summary>
    public ulong FlagsOffset => Offset + 4;
}
