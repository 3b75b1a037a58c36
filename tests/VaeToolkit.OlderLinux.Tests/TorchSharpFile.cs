using System.Buffers.Binary;
using System.Text;

namespace VaeToolkit.OlderLinux.Tests;

/// <summary>TorchSharp's native library for Linux as its package has it, and the places in it that the tests change.</summary>
internal static class TorchSharpFile
{
    private const int SectionHeaderSize = 64, SymbolSize = 24;

    /// <summary>Perhaps a hard link into the package cache, so that no test may write to it.</summary>
    public static string Location { get; }
        = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    /// <summary>A copy of its bytes.</summary>
    public static byte[] Content() => File.ReadAllBytes(Location);

    /// <summary>The library adapted, or null where there is nothing to change.</summary>
    public static byte[]? Adapt(byte[] content) => new TorchSharpLibrary("library", content).Adapted();

    /// <summary>Where the first section of a type is, by its header: the header's place, and the section's place and size.</summary>
    public static (int Header, int Offset, int Size) Section(byte[] content, uint type)
    {
        var table = (int)BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(40));
        for (var header = table; ; header += SectionHeaderSize)
        {
            if (U32(content, header + 4) == type)
                return (header, (int)U32(content, header + 24), (int)U32(content, header + 32));
        }
    }

    /// <summary>Where an entry of the dynamic table with a tag is.</summary>
    public static int DynamicEntry(byte[] content, ulong tag)
    {
        for (var at = Section(content, ElfSection.Dynamic).Offset; ; at += 16)
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(at)) == tag)
                return at;
        }
    }

    /// <summary>Where the dynamic symbol of a name is in the file, and its place in the table.</summary>
    public static (int Offset, int Index) Symbol(byte[] content, string name)
    {
        var symbols = Section(content, ElfSection.DynamicSymbols);
        var text = (uint)(TextOffset(content, name) - Section(content, ElfSection.Texts).Offset);
        var index = 0;
        while (U32(content, symbols.Offset + SymbolSize * index) != text)
            index++;
        return (symbols.Offset + SymbolSize * index, index);
    }

    /// <summary>Where a whole text is in the file.</summary>
    public static int TextOffset(byte[] content, string text) => content.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"\0{text}\0")) + 1;

    /// <summary>Where the entry of a needed version is in the file.</summary>
    public static int Need(byte[] content, string version)
        => (int)VersionTables.Needed(new ElfImage(new FileBytes("library", content))).Single(need => need.Name == version).Offset;

    public static uint U32(byte[] content, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(offset));
}
