namespace VaeToolkit.Volumes.Tests.Nifti;

public sealed class NiftiHostileTests
{
    private static readonly byte[] s_voxels = NiftiContent.SoundVoxels;

    [Fact]
    public void A_broken_header_is_refused_with_the_field_and_its_byte()
    {
        Expect(NiftiContent.Sound().Int(0, 347), 0, "*sizeof_hdr is 347*348*");
        Expect(NiftiContent.Sound().Int(0, 540), 364, "*ends here, 176 bytes or more too early*");
        Expect(NiftiContent.Sound().Bytes(344, 0, 0, 0, 0), 344, "*magic is 00000000*");
        Expect(NiftiContent.Sound().Bytes(344, [.. "ni1\0"u8]), 344, "*second file*");
        Expect(NiftiContent.Sound().Shorts(40, 0), 40, "*dim[0] is 0*");
        Expect(NiftiContent.Sound().Shorts(40, 8), 40, "*dim[0] is 8*");
        Expect(NiftiContent.Sound().Shorts(44, -2), 44, "*dim[2] is -2*");
        Expect(NiftiContent.Sound().Shorts(46, 0), 46, "*dim[3] is 0*");
        Expect(NiftiContent.Sound().Extents(32767, 32767, 32767), 46, "*multiply to 35181150961663*");
        Expect(NiftiContent.Sound().Type(128, 24), 70, "*datatype is 128*2 (Unsigned8)*");
        Expect(NiftiContent.Sound().Floats(112, 1, float.NaN), 116, "*scl_inter is NaN*");
        Expect(NiftiContent.Sound().Floats(108, 351), 108, "*vox_offset is 351*at least 352*");
        Expect(NiftiContent.Sound().Floats(108, -1), 108, "*vox_offset is -1*at least 352*");
        Expect(NiftiContent.Sound().Floats(108, 352.5f), 108, "*vox_offset is 352.5*");
        Expect(NiftiContent.Sound().Floats(108, float.NaN), 108, "*vox_offset is NaN*");
        Expect(NiftiContent.Sound().Floats(108, 1e30f), 108, "*vox_offset*");
        Expect(NiftiContent.Sound().Floats(108, 1e9f), 348, "*claims a file of 1000000012 bytes, but it has 364*");
        Expect(NiftiContent.Sound().Extents(1000, 1000, 1000), 348, "*claims a file of 1000000352 bytes*");

        static void Expect(NiftiContent content, long offset, string message)
        {
            var refusal = NiftiContent.Refusal(content.With(1, s_voxels));
            refusal.Message.Should().Match(message);
            refusal.Offset.Should().Be(offset);
        }
    }

    [Fact]
    public void Every_shorter_file_is_refused()
    {
        var content = NiftiContent.Sound().With(1, s_voxels);
        for (var length = 0; length < content.Length; length++)
        {
            NiftiContent.Refusal(content[..length]);
            NiftiContent.Refusal(NiftiContent.Gzip(content[..length])).Message.Should().Contain("too early");
        }
    }

    [Fact]
    public void A_packed_file_cut_short_or_with_another_checksum_is_refused()
    {
        var packed = NiftiContent.Gzip(NiftiContent.Sound().With(1, s_voxels));
        for (var missing = 1; missing < packed.Length - 2; missing++)
            NiftiContent.Refusal(packed[..^missing]);
        packed[^6] ^= 1;
        NiftiContent.Refusal(packed).Message.Should().Contain("gzip data is damaged");
    }

    [Fact]
    public void A_small_packed_file_that_claims_gigabytes_takes_no_memory_for_them()
    {
        var packed = NiftiContent.Gzip(new NiftiContent().Extents(1000, 1000, 1000).Type(2, 8).With(1, s_voxels));
        // Once before it is measured, so that what is set up at the first use does not count.
        NiftiContent.Refusal(packed).Message.Should().Match("*ends here*(byte 364)*");
        var before = GC.GetAllocatedBytesForCurrentThread();
        NiftiContent.Refusal(packed);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(300_000);
    }

    // A byte becomes a float of four, and a growing array is copied; deflate grows a byte to at most 1,032.
    [Theory]
    [InlineData(false, 31, 8)]
    [InlineData(true, 32, 16 * 1032)]
    public void Two_thousand_damaged_files_are_read_or_refused_by_name_and_place(bool gzip, int seed, int managedPerByte)
    {
        var sound = new NiftiContent().Extents(5, 6, 7).Type(4, 16).With(2, [.. Enumerable.Range(0, 420).Select(i => (byte)i)]);
        var mutator = new Mutator(seed);
        Run(() => mutator.Damage(gzip ? NiftiContent.Gzip(sound) : sound), managedPerByte);
    }

    [Fact]
    public void Two_thousand_damaged_headers_are_read_or_refused_by_name_and_place()
    {
        // Half of a mutator's damage goes to the first 24 bytes; here each field after those gets its share as well.
        var random = new Random(33);
        Run(Damaged, managedPerByte: 8);

        byte[] Damaged()
        {
            var content = NiftiContent.Sound(bigEndian: random.Next(2) == 0).With(1, s_voxels);
            for (var i = random.Next(1, 4); i > 0; i--)
                content[random.Next(2) == 0 ? random.Next(40, 124) : random.Next(252, 352)] = (byte)random.Next(256);
            return content;
        }
    }

    private static void Run(Func<byte[]> damaged, long managedPerByte)
    {
        var refused = 0;
        // What is set up at the first use does not count.
        Refuses([1, 2, 3]);
        for (var i = 0; i < 2000; i++)
        {
            var content = damaged();
            var before = GC.GetAllocatedBytesForCurrentThread();
            refused += Refuses(content) ? 1 : 0;
            (GC.GetAllocatedBytesForCurrentThread() - before)
                .Should().BeLessThan(300_000 + (managedPerByte * content.Length), "file {0}", i);
        }
        refused.Should().BeInRange(300, 2000);
    }

    private static bool Refuses(byte[] content)
    {
        try
        {
            NiftiContent.Read(content);
            return false;
        }
        catch (NiftiException e)
        {
            e.Message.Should().StartWith("given.nii: ").And.Contain("(byte ");
            e.Offset.Should().BeGreaterThanOrEqualTo(0);
            return true;
        }
    }
}
