namespace VaeToolkit.OlderLinux;

/// <summary>
/// A shared library of 64-bit x86 Linux: its sections, and its dynamic table, which is what the loader goes by. Whatever is read here of
/// a section has been checked to be the very bytes that the loader reads.
/// </summary>
internal sealed class ElfImage
{
    private const ulong HeaderSize = 64, ProgramHeaderSize = 56, SectionHeaderSize = 64, DynamicEntrySize = 16;
    private readonly List<ElfSection> _sections = [];
    private readonly List<(ulong Address, ulong Offset, ulong Size)> _segments = [];
    private (ulong Address, ulong Offset, ulong Size, ulong Header)? _dynamicSegment;

    public ElfImage(FileBytes bytes)
    {
        Bytes = bytes;
        CheckHeader();
        ReadSegments();
        ReadSections();
        Dynamic = ReadDynamic();
    }

    public FileBytes Bytes { get; }

    /// <summary>The dynamic table: what each entry says, with its place in the file.</summary>
    public IReadOnlyList<(ulong Tag, ulong Value, ulong Offset)> Dynamic { get; }

    /// <summary>The only section of a type; null where there is none.</summary>
    public ElfSection? Section(uint type)
    {
        var found = _sections.Where(section => section.Type == type).Take(2).ToArray();
        return found.Length < 2 ? found.Select(section => (ElfSection?)section).SingleOrDefault()
            : throw RefusedException.At(Bytes.File, found[1].Offset, $"a second section of type 0x{type:x}, where one is expected.");
    }

    /// <summary>The only section of a type, which the loader finds through the dynamic table's entry <paramref name="tag"/>.</summary>
    public ElfSection LoadedSection(uint type, ulong tag)
    {
        var section = Section(type) ?? throw RefusedException.At(Bytes.File, 0, $"there is no section of type 0x{type:x}.");
        CheckLoaded(section, tag);
        return section;
    }

    /// <summary>The section that another one points to, which the loader finds through the entry <paramref name="tag"/>.</summary>
    public ElfSection LinkedSection(ElfSection from, ulong tag)
    {
        if (from.Link >= _sections.Count)
            throw RefusedException.At(Bytes.File, from.Offset, $"this section points to section {from.Link} of {_sections.Count}.");
        var section = _sections[(int)from.Link];
        Expect(section.Type, ElfSection.Texts, section.Offset, "a table of texts");
        CheckLoaded(section, tag);
        return section;
    }

    private void CheckHeader()
    {
        Expect(Bytes.U32(0), 0x464c457f, 0, "the mark of an ELF file");
        Expect(Bytes.At(4, 1)[0], 2, 4, "the class of 64-bit files");
        Expect(Bytes.At(5, 1)[0], 1, 5, "little-endian data");
        Expect(Bytes.At(6, 1)[0], 1, 6, "the ELF version");
        if (Bytes.At(7, 1)[0] is not (0 or 3))
            throw RefusedException.At(Bytes.File, 7, $"the system is {Bytes.At(7, 1)[0]}, where 0 (System V) or 3 (GNU) is expected.");
        Expect(Bytes.U16(16), 3, 16, "the type of shared libraries");
        Expect(Bytes.U16(18), 62, 18, "the machine x86-64");
        Expect(Bytes.U32(20), 1, 20, "the ELF version");
        Expect(Bytes.U16(52), HeaderSize, 52, "the size of the file header");
        Expect(Bytes.U16(54), ProgramHeaderSize, 54, "the size of a program header");
        Expect(Bytes.U16(58), SectionHeaderSize, 58, "the size of a section header");
    }

    private void ReadSegments()
    {
        const uint Load = 1, DynamicTable = 2;
        var table = Bytes.U64(32);
        for (ulong i = 0, count = Bytes.U16(56); i < count; i++)
        {
            var at = Entry(table, i, ProgramHeaderSize);
            var (type, offset, address, size) = (Bytes.U32(at), Bytes.U64(at + 8), Bytes.U64(at + 16), Bytes.U64(at + 32));
            if (type == DynamicTable)
                _dynamicSegment ??= (address, offset, size, at);
            if (type != Load)
                continue;
            _ = Bytes.At(offset, size);
            _segments.Add((address, offset, size));
        }
    }

    private void ReadSections()
    {
        var table = Bytes.U64(40);
        for (ulong i = 0, count = Bytes.U16(60); i < count; i++)
        {
            var at = Entry(table, i, SectionHeaderSize);
            var section = new ElfSection(
                Bytes.U32(at + 4), Bytes.U64(at + 16), Bytes.U64(at + 24), Bytes.U64(at + 32), Bytes.U32(at + 40), Bytes.U64(at + 56));
            if (section.Type is not (ElfSection.Unused or ElfSection.NoBits))
                _ = Bytes.At(section.Offset, section.Size);
            _sections.Add(section);
        }
    }

    private List<(ulong Tag, ulong Value, ulong Offset)> ReadDynamic()
    {
        var section = Section(ElfSection.Dynamic) ?? throw RefusedException.At(Bytes.File, 0, "there is no dynamic section.");
        CheckSegment(section);
        var entries = new List<(ulong, ulong, ulong)>();
        for (var at = section.Offset; at < section.End; at += DynamicEntrySize)
        {
            var tag = Bytes.U64(at);
            if (tag == DynamicTag.End)
                return entries;
            entries.Add((tag, Bytes.U64(at + 8), at));
        }
        throw RefusedException.At(Bytes.File, section.End, "the dynamic section ends without its last entry.");
    }

    // The program header of the dynamic table is what the loader follows; the section must say the same.
    private void CheckSegment(ElfSection section)
    {
        var (address, offset, size, header) = _dynamicSegment
            ?? throw RefusedException.At(Bytes.File, Bytes.U64(32), "there is no dynamic segment.");
        if (offset != section.Offset || address != section.Address || size != section.Size)
            throw RefusedException.At(Bytes.File, header, "the dynamic segment is not the dynamic section.");
    }

    private void CheckLoaded(ElfSection section, ulong tag)
    {
        var entries = Dynamic.Where(entry => entry.Tag == tag).Take(2).ToArray();
        if (entries.Length != 1)
            throw RefusedException.At(Bytes.File, section.Offset, $"the dynamic table has {entries.Length} entries 0x{tag:x} for it.");
        var (_, address, offset) = entries[0];
        Expect(address, section.Address, offset, "the address of the section");
        // Subtractions, since sums of what a broken file says may overflow.
        var found = _segments.Any(segment => address >= segment.Address && address - segment.Address <= segment.Size
            && section.Size <= segment.Size - (address - segment.Address)
            && section.Offset == segment.Offset + (address - segment.Address));
        if (!found)
            throw RefusedException.At(Bytes.File, section.Offset, "the loader would not find this section here.");
    }

    private void Expect(ulong value, ulong wanted, ulong offset, string what)
    {
        if (value != wanted)
            throw RefusedException.At(Bytes.File, offset, $"0x{value:x}, where {what} (0x{wanted:x}) is expected.");
    }

    private ulong Entry(ulong table, ulong index, ulong size)
    {
        if (table > Bytes.Length)
            throw RefusedException.At(Bytes.File, table, "a table is expected here, beyond the file's end.");
        _ = Bytes.At(table + index * size, size);
        return table + index * size;
    }
}
