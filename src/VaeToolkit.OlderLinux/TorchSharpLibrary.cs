using System.Text;

namespace VaeToolkit.OlderLinux;

/// <summary>
/// TorchSharp's native library, which asks libstdc++ for <c>GLIBCXX_3.4.32</c>. All that it takes from that version is one symbol, which
/// every object that a GCC 13 or later compiles names so that libstdc++ initialises its streams; libtorch's own objects do that too.
/// </summary>
internal sealed class TorchSharpLibrary
{
    /// <summary>The library that defines the versions.</summary>
    public const string StandardLibrary = "libstdc++.so.6";

    /// <summary>The version that libstdc++ has from GCC 13 on.</summary>
    public const string NewVersion = "GLIBCXX_3.4.32";

    private const string FirstVersion = "GLIBCXX_3.4";
    private const string OldSymbol = "_ZSt21ios_base_library_initv";

    // std::uncaught_exception(): no arguments, no effects, and in every libstdc++.
    private const string NewSymbol = "_ZSt18uncaught_exceptionv";

    private readonly ElfImage _image;
    private readonly ElfSection _texts;
    private readonly List<VersionNeed> _needs;
    private readonly List<DynamicSymbol> _symbols;

    public TorchSharpLibrary(string file, byte[] content)
    {
        _image = new ElfImage(new FileBytes(file, content));
        var symbols = _image.LoadedSection(ElfSection.DynamicSymbols, DynamicTag.Symbols);
        var versions = _image.LoadedSection(ElfSection.VersionsOfSymbols, DynamicTag.SymbolVersions);
        _texts = _image.LinkedSection(symbols, DynamicTag.Texts);
        _needs = VersionTables.Needed(_image);
        _symbols = DynamicSymbol.All(_image, symbols, versions);
    }

    private FileBytes Bytes => _image.Bytes;

    /// <summary>Every version of libstdc++ that the library needs and cannot do without, in the order of the file.</summary>
    public IEnumerable<string> Needs
        => _needs.Where(need => need.Library == StandardLibrary && need.Flags != VersionNeed.Weak).Select(need => need.Name);

    /// <summary>The same library without the need for <see cref="NewVersion"/>; null where there is nothing to change.</summary>
    /// <exception cref="RefusedException">The file is not as this step knows it.</exception>
    public byte[]? Adapted()
    {
        var wanted = _needs.Where(need => need.Name == NewVersion).ToArray();
        if (wanted.Length == 0)
            return null;
        var need = Single(wanted, NewVersion);
        var bound = _symbols.Where(symbol => (symbol.Version & 0x7fff) == need.Index).ToArray();
        if (need.Flags == VersionNeed.Weak && bound.Length == 0)
            return null;
        if (need.Flags != 0)
            throw RefusedException.At(Bytes.File, need.FlagsOffset, $"{NewVersion} is needed with the flags {need.Flags}, not 0.");
        if (bound.Length != 1)
            throw RefusedException.At(
                Bytes.File, need.Offset, $"{bound.Length} symbols are of {NewVersion}, where only {OldSymbol} is expected.");
        CheckSymbol(bound[0], need);
        var first = Single([.. _needs.Where(other => other.Name == FirstVersion)], FirstVersion);
        return Changed(need, bound[0], first);
    }

    private byte[] Changed(VersionNeed need, DynamicSymbol symbol, VersionNeed first)
    {
        var adapted = Bytes.Copy();
        BitConverter.TryWriteBytes(adapted.AsSpan((int)need.FlagsOffset), VersionNeed.Weak);
        var name = adapted.AsSpan((int)(_texts.Offset + symbol.NameText), OldSymbol.Length);
        name.Clear();
        Encoding.ASCII.GetBytes(NewSymbol, name);
        BitConverter.TryWriteBytes(adapted.AsSpan((int)symbol.VersionOffset), first.Index);
        return adapted;
    }

    private VersionNeed Single(VersionNeed[] needs, string name)
    {
        if (needs.Length != 1 || needs[0].Library != StandardLibrary)
            throw RefusedException.At(
                Bytes.File, needs.Length == 0 ? 0 : needs[^1].Offset, $"{name} is expected to be needed once, of {StandardLibrary}.");
        return needs[0];
    }

    private void CheckSymbol(DynamicSymbol symbol, VersionNeed need)
    {
        var at = _texts.Offset + symbol.NameText;
        if (!symbol.Undefined || symbol.Version != need.Index || Bytes.Text(at, _texts.End) != OldSymbol)
            throw RefusedException.At(
                Bytes.File, at, $"'{Bytes.Text(at, _texts.End)}' is of {NewVersion}, where only the undefined {OldSymbol} is expected.");
        CheckNotHashed(symbol);
        // A text may be the end of a longer one, and others may be its end.
        if (symbol.NameText == 0 || Bytes.At(at - 1, 1)[0] != 0)
            throw RefusedException.At(Bytes.File, at, $"{OldSymbol} is the end of a longer name.");
        var uses = Texts().Count(text => text >= symbol.NameText && text <= symbol.NameText + (ulong)OldSymbol.Length);
        if (uses != 1)
            throw RefusedException.At(Bytes.File, at, $"{uses} entries share the text {OldSymbol}, where one is expected.");
    }

    // A symbol in a hash table is found by the hash of its name. GNU's table leaves undefined symbols out; the older one does not.
    private void CheckNotHashed(DynamicSymbol symbol)
    {
        if (_image.Dynamic.FirstOrDefault(entry => entry.Tag == DynamicTag.Hash) is { Tag: DynamicTag.Hash } older)
            throw RefusedException.At(Bytes.File, older.Offset, "there is a System V hash table, where only GNU's is expected.");
        var table = _image.LoadedSection(ElfSection.GnuHash, DynamicTag.GnuHash);
        if (Bytes.U32(table.Offset + 4) <= symbol.Index)
            throw RefusedException.At(Bytes.File, table.Offset + 4, $"{OldSymbol} is in the hash table, as only defined ones should be.");
    }

    // Where every text that the loader reads starts.
    private IEnumerable<ulong> Texts() => _symbols.Select(symbol => symbol.NameText)
        .Concat(_needs.Select(need => need.LibraryText).Distinct())
        .Concat(_needs.Select(need => need.NameText))
        .Concat(_image.Dynamic.Where(entry => DynamicTag.NamesText(entry.Tag)).Select(entry => entry.Value));
}
