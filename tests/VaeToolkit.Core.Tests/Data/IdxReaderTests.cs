using System.IO.Compression;

namespace VaeToolkit.Tests.Data;

public sealed class IdxReaderTests
{
    private static readonly byte[] s_six = [1, 2, 3, 250, 251, 252];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reads_plain_and_gzipped_files_whatever_they_are_called(bool gzip)
    {
        using var folder = new TemporaryFolder();
        var content = IdxContent.With(s_six, 3, 2);
        File.WriteAllBytes(folder["any-name"], gzip ? IdxContent.Gzip(content) : content);
        var array = IdxReader.Read(folder["any-name"]);
        array.Shape.Should().Equal(3, 2);
        array.Values.ToArray().Should().Equal(s_six);
    }

    [Fact]
    public void Extents_are_big_endian_and_may_hold_nothing()
    {
        IdxContent.Read(IdxContent.With(new byte[258], 258)).Shape.Should().Equal(258);
        IdxContent.Read([0, 0, 8, 1, 0, 0, 1, 2, .. new byte[258]]).Shape.Should().Equal(258);
        IdxContent.Read(IdxContent.With([], 0)).Values.Length.Should().Be(0);
    }

    [Theory]
    [InlineData(new byte[] { }, 0, "*ends here, 4 bytes too early*")]
    [InlineData(new byte[] { 0, 0, 8 }, 3, "*ends here, 1 bytes too early*")]
    [InlineData(new byte[] { 0, 9, 8, 1, 0, 0, 0, 0 }, 0, "*starts with 00 09, an IDX file with 00 00*")]
    [InlineData(new byte[] { 0, 0, 9, 1, 0, 0, 0, 0 }, 2, "*0x09 (signed byte)*only 0x08*")]
    [InlineData(new byte[] { 0, 0, 13, 1, 0, 0, 0, 0 }, 2, "*0x0D (32-bit float)*")]
    [InlineData(new byte[] { 0, 0, 99, 1, 0, 0, 0, 0 }, 2, "*0x63 (unknown)*")]
    [InlineData(new byte[] { 0, 0, 8, 0 }, 3, "*no dimensions*")]
    [InlineData(new byte[] { 0, 0, 8, 2, 0, 0, 0, 1 }, 8, "*ends here*")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 3, 1, 2 }, 8, "*claims 3 bytes, but 2 follow*truncated*")]
    [InlineData(new byte[] { 0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255 }, 12, "*4294967295 x 4294967295*")]
    [InlineData(
        new byte[] { 0, 0, 8, 4, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0 }, 20, "*truncated or damaged*")]
    public void A_broken_file_is_refused_with_its_name_and_the_byte(byte[] content, int offset, string message)
    {
        var refusal = IdxContent.Refusal(content);
        refusal.Message.Should().Match(message);
        refusal.Offset.Should().Be(offset);
        if (content.Length > 4)
            IdxContent.Refusal(IdxContent.Gzip(content)).Should().NotBeNull("packing does not mend a file");
    }

    [Fact]
    public void A_gzip_file_that_holds_too_little_is_refused()
        => IdxContent.Refusal(IdxContent.Gzip(IdxContent.With(s_six, 7))).Message.Should().Match("*claims 7 bytes, but 6 follow*");

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 4)]
    [InlineData(true, 4)]
    public void Bytes_that_follow_the_values_are_left_alone_with_a_warning(bool gzip, int more)
    {
        byte[] content = [.. IdxContent.With(s_six, 3, 2), .. Enumerable.Repeat((byte)7, more)];
        var array = IdxContent.Read(gzip ? IdxContent.Gzip(content) : content);
        array.Shape.Should().Equal(3, 2);
        array.Values.ToArray().Should().Equal(s_six);
        array.Warning.Should().Be(
            $"given.idx: the values end at byte 18 by the header's count; {more} bytes that follow were left alone");
        array.ToString().Should().StartWith("3 x 2 bytes; given.idx: ");
        IdxContent.Read(IdxContent.With(s_six, 3, 2)).Warning.Should().BeNull();
    }

    [Fact]
    public void A_gzip_file_is_unpacked_no_further_than_its_header_claims()
    {
        // 64 MB of zeros after a header that claims 10, and an end that agrees with the header.
        var bomb = IdxContent.Gzip([.. IdxContent.With(new byte[10], 10), .. new byte[64 << 20]]);
        (bomb[^4], bomb[^3], bomb[^2], bomb[^1]) = (18, 0, 0, 0);
        IdxContent.Read(bomb);
        // What is set up at the first use does not count.
        var before = GC.GetAllocatedBytesForCurrentThread();
        IdxContent.Read(bomb).Warning.Should().Match("*more than 65536 bytes that follow were left alone");
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(200_000);
    }

    [Fact]
    public void A_claim_that_no_packed_file_of_that_length_can_hold_is_refused_before_anything_is_allocated()
    {
        var content = IdxContent.Gzip(IdxContent.With([], 2_000_000_000));
        IdxContent.Refusal(content);
        // What is set up at the first use does not count.
        var before = GC.GetAllocatedBytesForCurrentThread();
        IdxContent.Refusal(content).Message.Should().Match("*unpacks to 2000000008 bytes*cannot hold*");
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(200_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(20)]
    public void A_gzip_file_cut_short_is_refused(int missing)
    {
        var packed = IdxContent.Gzip(IdxContent.With(s_six, 3, 2));
        IdxContent.Refusal(packed[..^missing]);
    }

    [Fact]
    public void A_gzip_file_whose_checksum_is_wrong_is_refused()
    {
        var packed = IdxContent.Gzip(IdxContent.With(s_six, 3, 2));
        packed[^6] ^= 1;
        IdxContent.Refusal(packed).Message.Should().Match("*gzip data is damaged*");
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var read = () => IdxReader.Read("/no/such/file");
        read.Should().Throw<IOException>().WithMessage("*/no/such*");
    }

    [Fact]
    public void A_stream_without_length_is_refused()
    {
        using var stream = new GZipStream(new MemoryStream(), CompressionMode.Decompress);
        var read = () => IdxReader.Read(stream);
        read.Should().Throw<ArgumentException>().WithMessage("*seekable*");
    }
}
