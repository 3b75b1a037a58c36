using System.Buffers.Binary;
using System.Text;

namespace VaeToolkit.OlderLinux.Tests;

public sealed class TorchSharpLibraryTests
{
    private const string OldSymbol = "_ZSt21ios_base_library_initv", NewSymbol = "_ZSt18uncaught_exceptionv";
    private const string NewVersion = "GLIBCXX_3.4.32", FirstVersion = "GLIBCXX_3.4";

    [Fact]
    public void The_adapted_library_differs_in_the_flags_of_one_need_and_in_one_symbol_only()
    {
        var content = TorchSharpFile.Content();
        var expected = TorchSharpFile.Content();
        BinaryPrimitives.WriteUInt16LittleEndian(expected.AsSpan(TorchSharpFile.Need(content, NewVersion) + 4), 2);
        Encoding.ASCII.GetBytes(NewSymbol.PadRight(OldSymbol.Length, '\0')).CopyTo(expected, TorchSharpFile.TextOffset(content, OldSymbol));
        var first = content.AsSpan(TorchSharpFile.Need(content, FirstVersion) + 6, 2);
        first.CopyTo(expected.AsSpan(VersionOfSymbol(content, OldSymbol)));

        Same(TorchSharpFile.Adapt(content)!, expected).Should().BeTrue();
        Same(content, TorchSharpFile.Content()).Should().BeTrue("the bytes that are read stay as they are");
    }

    [Fact]
    public void An_adapted_library_is_not_changed_again_and_needs_the_version_no_more()
    {
        var content = TorchSharpFile.Content();
        var adapted = TorchSharpFile.Adapt(content)!;
        TorchSharpFile.Adapt(adapted).Should().BeNull();
        new TorchSharpLibrary("library", adapted).Needs.Should().Equal(
            new TorchSharpLibrary("library", content).Needs.Except([NewVersion]));
    }

    [Fact]
    public void A_library_without_the_version_is_left_as_it_is()
    {
        var content = TorchSharpFile.Content();
        Encoding.ASCII.GetBytes("GLIBCXX_3.4.31").CopyTo(content, TorchSharpFile.TextOffset(content, NewVersion));
        TorchSharpFile.Adapt(content).Should().BeNull();
    }

    [Theory]
    [InlineData(0, 0x7e, "an ELF file")]
    [InlineData(4, 1, "64-bit")]
    [InlineData(5, 2, "little-endian")]
    [InlineData(7, 9, "the system is 9")]
    [InlineData(16, 2, "shared libraries")]
    [InlineData(18, 183, "x86-64")]
    public void Another_kind_of_file_is_refused_with_the_place_of_the_difference(int offset, byte value, string what)
    {
        var content = TorchSharpFile.Content();
        content[offset] = value;
        Refusal(content).Should().StartWith($"library, byte {offset}: ").And.Contain(what);
    }

    [Fact]
    public void Another_symbol_of_the_version_is_refused()
    {
        var content = TorchSharpFile.Content();
        var index = content.AsSpan(TorchSharpFile.Need(content, NewVersion) + 6, 2);
        index.CopyTo(content.AsSpan(VersionOfSymbol(content, "_ZNSt8ios_baseD2Ev")));
        Refusal(content).Should().Contain("2 symbols are of GLIBCXX_3.4.32");
    }

    [Fact]
    public void A_symbol_of_another_name_is_refused()
    {
        var content = TorchSharpFile.Content();
        var at = TorchSharpFile.TextOffset(content, OldSymbol);
        content[at + 5] = (byte)'9';
        Refusal(content).Should().StartWith($"library, byte {at}: '_ZSt29ios_base_library_initv'");
    }

    [Fact]
    public void A_need_that_is_weak_without_the_symbol_changed_is_refused()
    {
        var content = TorchSharpFile.Content();
        content[TorchSharpFile.Need(content, NewVersion) + 4] = 2;
        Refusal(content).Should().Contain("with the flags 2");
    }

    [Fact]
    public void A_name_that_another_entry_uses_the_end_of_is_refused()
    {
        var content = TorchSharpFile.Content();
        var wanted = TorchSharpFile.Symbol(content, OldSymbol).Offset;
        var other = TorchSharpFile.Symbol(content, "_ZNSt8ios_baseD2Ev").Offset;
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(other), TorchSharpFile.U32(content, wanted) + 4);
        Refusal(content).Should().Contain("2 entries share the text");
    }

    [Fact]
    public void A_name_that_is_the_end_of_a_longer_one_is_refused()
    {
        var content = TorchSharpFile.Content();
        content[TorchSharpFile.TextOffset(content, OldSymbol) - 1] = (byte)'x';
        Refusal(content).Should().Contain("the end of a longer name");
    }

    [Fact]
    public void A_symbol_that_a_hash_table_may_hold_is_refused()
    {
        var older = TorchSharpFile.Content();
        // A tag that says nothing here becomes the older hash table's.
        older[TorchSharpFile.DynamicEntry(older, 16)] = (byte)DynamicTag.Hash;
        Refusal(older).Should().Contain("System V hash table");

        var newer = TorchSharpFile.Content();
        BinaryPrimitives.WriteUInt32LittleEndian(newer.AsSpan(TorchSharpFile.Section(newer, ElfSection.GnuHash).Offset + 4), 1);
        Refusal(newer).Should().Contain("is in the hash table");
    }

    [Theory]
    [InlineData(DynamicTag.Symbols)]
    [InlineData(DynamicTag.Texts)]
    [InlineData(DynamicTag.SymbolVersions)]
    [InlineData(DynamicTag.VersionsNeeded)]
    public void A_table_that_the_loader_would_take_from_elsewhere_is_refused(ulong tag)
    {
        var content = TorchSharpFile.Content();
        var at = TorchSharpFile.DynamicEntry(content, tag);
        content[at + 8] ^= 0x10;
        Refusal(content).Should().StartWith($"library, byte {at}: ").And.Contain("the address of the section");
    }

    [Fact]
    public void A_version_that_is_needed_twice_is_refused()
    {
        var content = TorchSharpFile.Content();
        var name = content.AsSpan(TorchSharpFile.Need(content, NewVersion) + 8, 4);
        name.CopyTo(content.AsSpan(TorchSharpFile.Need(content, "GLIBCXX_3.4.30") + 8));
        Refusal(content).Should().Contain("needed once");
    }

    // Millions of bytes: an assertion that compares them one by one takes seconds.
    private static bool Same(byte[] one, byte[] other) => one.AsSpan().SequenceEqual(other);

    private static string Refusal(byte[] content)
        => FluentActions.Invoking(() => TorchSharpFile.Adapt(content)).Should().Throw<RefusedException>().Which.Message;

    private static int VersionOfSymbol(byte[] content, string name)
        => TorchSharpFile.Section(content, ElfSection.VersionsOfSymbols).Offset + 2 * TorchSharpFile.Symbol(content, name).Index;
}
