namespace VaeToolkit.OlderLinux.Tests;

/// <summary>Files that were cut off or changed at random: each is refused, or changed as any other.</summary>
public sealed class BrokenFileTests
{
    private readonly byte[] _content = TorchSharpFile.Content();

    [Fact]
    public void A_file_that_was_cut_off_is_refused_wherever_the_cut_is()
    {
        // The table of sections is at the end, so that every cut takes a part of it.
        var random = new Random(1);
        int[] sizes = [0, 1, 15, 16, 63, 64, 65, _content.Length - 1,
            .. Enumerable.Range(0, 200).Select(_ => random.Next(_content.Length))];
        foreach (var size in sizes)
            FluentActions.Invoking(() => TorchSharpFile.Adapt(_content[..size])).Should().Throw<RefusedException>($"of {size} bytes");
    }

    [Fact]
    public void Changed_bytes_end_in_a_refusal_or_in_the_usual_change()
    {
        var random = new Random(2);
        var refused = 0;
        foreach (var (start, size) in Tables())
        {
            for (var i = 0; i < 100; i++)
            {
                var table = _content.AsSpan(start, size);
                var before = table.ToArray();
                for (var times = random.Next(1, 4); times > 0; times--)
                    table[random.Next(size)] = (byte)random.Next(256);
                refused += Refused() ? 1 : 0;
                before.CopyTo(table);
            }
        }
        refused.Should().BeGreaterThan(125, "most places of these tables matter");
    }

    [Fact]
    public void Large_and_negative_numbers_in_the_headers_are_refused_or_do_not_matter()
    {
        ulong[] values = [0, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue, ulong.MaxValue - 63, (ulong)_content.Length];
        foreach (var (start, size) in Tables().Where(table => table.Size < 5_000))
        {
            for (var offset = 0; offset + 8 <= size; offset += 8)
            {
                var before = BitConverter.ToUInt64(_content, start + offset);
                foreach (var value in values)
                {
                    BitConverter.TryWriteBytes(_content.AsSpan(start + offset), value);
                    Refused();
                }
                BitConverter.TryWriteBytes(_content.AsSpan(start + offset), before);
            }
        }
    }

    // Any other exception fails the test.
    private bool Refused()
    {
        try
        {
            if (TorchSharpFile.Adapt(_content) is { } adapted)
                Differences(adapted).Should().BeLessThanOrEqualTo(28 + 2 + 2, "a name, its version and the flags are all that is changed");
            return false;
        }
        catch (RefusedException)
        {
            return true;
        }
    }

    private int Differences(ReadOnlySpan<byte> other)
    {
        var count = 0;
        for (var at = _content.AsSpan().CommonPrefixLength(other); at < other.Length; count++)
            at += 1 + _content.AsSpan(at + 1).CommonPrefixLength(other[(at + 1)..]);
        return count;
    }

    // What the reader goes by: the file header with the program headers, and the tables that it reads.
    private IEnumerable<(int Start, int Size)> Tables()
    {
        yield return (0, 64 + 10 * 56);
        uint[] types = [ElfSection.Dynamic, ElfSection.VersionsNeeded, ElfSection.VersionsOfSymbols,
            ElfSection.DynamicSymbols, ElfSection.GnuHash];
        foreach (var type in types)
        {
            var (header, offset, size) = TorchSharpFile.Section(_content, type);
            yield return (offset, size);
            yield return (header, 64);
        }
        yield return (TorchSharpFile.TextOffset(_content, "_ZSt21ios_base_library_initv") - 40, 100);
        yield return (TorchSharpFile.TextOffset(_content, "GLIBCXX_3.4.32") - 40, 100);
    }
}
