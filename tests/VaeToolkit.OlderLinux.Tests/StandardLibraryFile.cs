using System.Buffers.Binary;
using System.Text;

namespace VaeToolkit.OlderLinux.Tests;

/// <summary>Writes a small library of 64-bit x86 Linux that defines versions and nothing else, as a libstdc++ of any age does.</summary>
internal static class StandardLibraryFile
{
    private const int Header = 64, ProgramHeaders = 2 * 56, Dynamic = 3 * 16, Definition = 28, SectionHeader = 64;

    /// <summary>The versions of a libstdc++ of GCC 12, which Debian 12 has, and of GCC 14.</summary>
    public static string[] OfGcc12 { get; } = Versions(30);

    public static string[] OfGcc14 { get; } = Versions(33);

    public static void Write(string file, params string[] versions)
    {
        var texts = Encoding.ASCII.GetBytes('\0' + string.Concat(versions.Select(version => version + '\0')));
        var (dynamic, definitions) = (Header + ProgramHeaders, Header + ProgramHeaders + Dynamic);
        var textsAt = definitions + Definition * versions.Length;
        var sections = textsAt + texts.Length;
        var content = new byte[sections + 4 * SectionHeader];
        WriteHeader(content, sections);
        WriteNumbers(content, Header, 8, 1UL | 5UL << 32, 0, 0, 0, (ulong)sections, (ulong)sections, 4096);
        WriteNumbers(content, Header + 56, 8, 2UL | 4UL << 32, (ulong)dynamic, (ulong)dynamic, (ulong)dynamic, Dynamic, Dynamic, 8);
        WriteNumbers(content, dynamic, 8, DynamicTag.Texts, (ulong)textsAt, DynamicTag.VersionsDefined, (ulong)definitions, 0, 0);
        WriteSection(content, sections + SectionHeader, ElfSection.Dynamic, dynamic, Dynamic);
        WriteSection(content, sections + 2 * SectionHeader, ElfSection.VersionsDefined, definitions, Definition * versions.Length);
        WriteSection(content, sections + 3 * SectionHeader, ElfSection.Texts, textsAt, texts.Length);
        texts.CopyTo(content, textsAt);
        var text = 1;
        for (var i = 0; i < versions.Length; i++)
        {
            var at = definitions + i * Definition;
            BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(at), 1);
            var next = i < versions.Length - 1 ? Definition : 0;
            WriteNumbers(content, at + 12, 4, 20, (ulong)next, (ulong)text);
            text += versions[i].Length + 1;
        }
        File.WriteAllBytes(file, content);
    }

    private static void WriteHeader(byte[] content, int sections)
    {
        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(content, 0);
        WriteNumbers(content, 16, 4, 3 | 62 << 16, 1);
        WriteNumbers(content, 32, 8, Header, (ulong)sections);
        WriteNumbers(content, 52, 2, Header, 56, 2, SectionHeader, 4, 0);
    }

    private static void WriteSection(byte[] content, int at, uint type, int offset, int size)
    {
        WriteNumbers(content, at, 4, 0, type);
        WriteNumbers(content, at + 16, 8, (ulong)offset, (ulong)offset, (ulong)size, 3);
    }

    private static void WriteNumbers(byte[] content, int at, int size, params ulong[] numbers)
    {
        foreach (var number in numbers)
        {
            BitConverter.GetBytes(number).AsSpan(0, size).CopyTo(content.AsSpan(at));
            at += size;
        }
    }

    private static string[] Versions(int newest) =>
    [
        "GLIBCXX_3.4", .. Enumerable.Range(1, newest).Select(minor => $"GLIBCXX_3.4.{minor}"),
        "CXXABI_1.3", .. Enumerable.Range(1, 13).Select(minor => $"CXXABI_1.3.{minor}"),
    ];
}
