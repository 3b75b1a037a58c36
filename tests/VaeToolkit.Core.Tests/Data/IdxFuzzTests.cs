namespace VaeToolkit.Tests.Data;

public sealed class IdxFuzzTests
{
    private static readonly byte[] s_sound = IdxContent.With([.. Enumerable.Range(0, 5 * 6 * 7).Select(i => (byte)(i * 7))], 5, 6, 7);

    [Fact]
    public void Two_thousand_damaged_plain_files_are_read_or_refused_by_name_and_place() => Fuzz(s_sound, seed: 21, managedPerByte: 16);

    // Deflate can honestly grow a byte to 1032, which the reader allows for before it allocates.
    [Fact]
    public void Two_thousand_damaged_gzip_files_are_read_or_refused_by_name_and_place() =>
        Fuzz(IdxContent.Gzip(s_sound), seed: 22, managedPerByte: 1100);

    [Fact]
    public void Two_thousand_damaged_files_in_sound_gzip_are_read_or_refused_by_name_and_place()
    {
        var mutator = new Mutator(seed: 23);
        Run(() => IdxContent.Gzip(mutator.Damage(s_sound)), managedPerByte: 1100);
    }

    private static void Fuzz(byte[] sound, int seed, int managedPerByte)
    {
        var mutator = new Mutator(seed);
        Run(() => mutator.Damage(sound), managedPerByte);
    }

    private static void Run(Func<byte[]> damaged, int managedPerByte)
    {
        var refused = 0;
        // What is set up at the first use does not count.
        Refuses([1, 2, 3]);
        for (var i = 0; i < 2000; i++)
        {
            var content = damaged();
            var before = GC.GetAllocatedBytesForCurrentThread();
            refused += Refuses(content) ? 1 : 0;
            var limit = 200_000 + ((long)managedPerByte * content.Length);
            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(limit, "file {0}", i);
        }
        refused.Should().BeInRange(1000, 2000, "most damage changes the length or the header");
    }

    private static bool Refuses(byte[] content)
    {
        try
        {
            IdxContent.Read(content);
            return false;
        }
        catch (IdxException e)
        {
            e.Message.Should().StartWith("given.idx: ").And.Contain("(byte ");
            e.Offset.Should().BeGreaterThanOrEqualTo(0);
            return true;
        }
    }
}
