namespace VaeToolkit.OlderLinux;

/// <summary>Reads the versions that a library needs of others, and those that it defines.</summary>
internal static class VersionTables
{
    private const ulong NeedSize = 16, DefinitionSize = 20;

    /// <summary>All versions that a library needs, in the order of the file.</summary>
    public static List<VersionNeed> Needed(ElfImage image)
    {
        var section = image.LoadedSection(ElfSection.VersionsNeeded, DynamicTag.VersionsNeeded);
        var texts = image.LinkedSection(section, DynamicTag.Texts);
        var bytes = image.Bytes;
        var needs = new List<VersionNeed>();
        foreach (var library in Chain(bytes, section, section.Offset, next: 12, NeedSize))
        {
            CheckVersion(bytes, library);
            ulong libraryText = bytes.U32(library + 4);
            var name = bytes.Text(texts.Offset + libraryText, texts.End);
            var count = 0;
            foreach (var at in Chain(bytes, section, library + bytes.U32(library + 8), next: 12, NeedSize))
            {
                ulong text = bytes.U32(at + 8);
                needs.Add(new VersionNeed(
                    name, bytes.Text(texts.Offset + text, texts.End), bytes.U16(at + 4), bytes.U16(at + 6), at, libraryText, text));
                count++;
            }
            if (count != bytes.U16(library + 2))
                throw RefusedException.At(bytes.File, library + 2, $"{count} versions, where {bytes.U16(library + 2)} are announced.");
        }
        return needs;
    }

    /// <summary>The names of all versions that a library defines; none where it has no such table.</summary>
    public static List<string> Defined(ElfImage image)
    {
        if (image.Section(ElfSection.VersionsDefined) is null)
            return [];
        var section = image.LoadedSection(ElfSection.VersionsDefined, DynamicTag.VersionsDefined);
        var texts = image.LinkedSection(section, DynamicTag.Texts);
        var bytes = image.Bytes;
        var names = new List<string>();
        foreach (var at in Chain(bytes, section, section.Offset, next: 16, DefinitionSize))
        {
            CheckVersion(bytes, at);
            // The first name is the version's own; those after it are of the versions that it follows on.
            var name = at + bytes.U32(at + 12);
            CheckInside(bytes, section, name, count: 8);
            names.Add(bytes.Text(texts.Offset + bytes.U32(name), texts.End));
        }
        return names;
    }

    // Entries name the distance to the next one, 0 at the last; distances are positive, so that no chain goes round.
    private static IEnumerable<ulong> Chain(FileBytes bytes, ElfSection section, ulong first, ulong next, ulong size)
    {
        var at = first;
        while (true)
        {
            CheckInside(bytes, section, at, size);
            yield return at;
            ulong distance = bytes.U32(at + next);
            if (distance == 0)
                yield break;
            at += distance;
        }
    }

    private static void CheckInside(FileBytes bytes, ElfSection section, ulong at, ulong count)
    {
        if (at < section.Offset || at > section.End || count > section.End - at)
            throw RefusedException.At(bytes.File, at, $"an entry outside its table, which is at {section.Offset} to {section.End}.");
    }

    private static void CheckVersion(FileBytes bytes, ulong at)
    {
        if (bytes.U16(at) != 1)
            throw RefusedException.At(bytes.File, at, $"a table entry of version {bytes.U16(at)}, where 1 is expected.");
    }
}
