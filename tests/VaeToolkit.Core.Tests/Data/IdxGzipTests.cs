namespace VaeToolkit.Tests.Data;

/// <summary>Gzip files as other tools write them: of several members, or padded with zeros.</summary>
public sealed class IdxGzipTests
{
    private static readonly byte[] s_values = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i * 7))];
    private static readonly byte[] s_content = IdxContent.With(s_values, 30, 100);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(3011)]
    public void Several_members_are_one_file_wherever_they_are_cut(int cut)
    {
        byte[] packed = [.. IdxContent.Gzip(s_content[..cut]), .. IdxContent.Gzip(s_content[cut..])];
        IdxContent.Read(packed).Values.ToArray().Should().Equal(s_values);
    }

    [Fact]
    public void Many_members_with_an_empty_one_at_the_end_are_read_as_bgzip_writes_them()
    {
        byte[] packed = [.. s_content.Chunk(64).SelectMany(IdxContent.Gzip), .. IdxContent.Gzip([])];
        var array = IdxContent.Read(packed);
        array.Shape.Should().Equal(30, 100);
        array.Values.ToArray().Should().Equal(s_values);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(512)]
    [InlineData(8192)]
    [InlineData(100_000)]
    public void Zeros_after_the_last_member_are_padding(int zeros)
    {
        IdxContent.Read([.. IdxContent.Gzip(s_content), .. new byte[zeros]]).Values.ToArray().Should().Equal(s_values);
        IdxContent.Read([.. IdxContent.Gzip(s_content[..50]), .. IdxContent.Gzip(s_content[50..]), .. new byte[zeros]])
            .Values.ToArray().Should().Equal(s_values);
        IdxContent.Read([.. IdxContent.Gzip(IdxContent.With([], 0)), .. new byte[zeros]]).Values.Length.Should().Be(0);
    }

    [Fact]
    public void A_stream_is_read_from_where_it_stands()
    {
        using var stream = new MemoryStream([1, 2, 3, .. IdxContent.Gzip(s_content), 0, 0]) { Position = 3 };
        IdxReader.Read(stream).Values.ToArray().Should().Equal(s_values);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_of_several_members_that_lost_its_end_is_refused_at_every_length(bool padded)
    {
        byte[] packed = [.. IdxContent.Gzip(s_content[..1500]), .. IdxContent.Gzip(s_content[1500..])];
        for (var left = 2; left < packed.Length; left++)
            IdxContent.Refusal([.. packed[..left], .. new byte[padded && packed.AsSpan(left).ContainsAnyExcept((byte)0) ? 600 : 0]]);
    }

    [Fact]
    public void What_follows_the_packed_data_and_is_not_zero_is_left_alone_with_a_warning()
    {
        var packed = IdxContent.Gzip(s_content);
        foreach (var more in new byte[][]
                 {
                     [1], [0, 0, 5], [1, 2, 3], [1, 2, 3, 0, 0], [0, 5, 0, 0], [255, 255, 255, 255], [0x1F], [0x1F, 0, 0], [0x1F, 1],
                 })
        {
            var array = IdxContent.Read([.. packed, .. more]);
            array.Values.ToArray().Should().Equal(s_values);
            array.Warning.Should().Be("given.idx: what follows the gzip data was left alone", $"of {string.Join(' ', more)}");
        }
        // The last four bytes of a file are the number of unpacked bytes only where nothing follows.
        IdxContent.Read([.. packed, 0, 1, 2, 3]).Warning.Should().NotBeNull();
        IdxContent.Read([.. packed, .. packed]).Warning.Should().Contain("at byte 3012 by the header's count; 3012 bytes");
        IdxContent.Read([.. packed, 0, 0]).Warning.Should().BeNull();
    }

    // The unpacker comes to the byte only after bytes that follow the values.
    [Theory]
    [InlineData(0)]
    [InlineData(600)]
    public void A_lone_byte_as_members_begin_with_is_left_alone_after_other_bytes_too(int zeros)
    {
        byte[] longer = IdxContent.Gzip([.. s_content, 7, 8, 9]), end = [0x1F, .. new byte[zeros]];
        var array = IdxContent.Read([.. longer, .. end]);
        array.Values.ToArray().Should().Equal(s_values);
        array.Warning.Should().Contain("at byte 3012 by the header's count; 3 bytes that follow were left alone, and so was the byte");
        IdxContent.Read([.. IdxContent.Gzip(s_content), .. IdxContent.Gzip([1, 2]), .. end]).Warning.Should().Contain("; 2 bytes that");
        longer[^6] ^= 1;
        IdxContent.Refusal([.. longer, .. end]).Message.Should().StartWith("given.idx").And.Contain("gzip data is damaged");
    }

    [Fact]
    public void Several_members_that_hold_too_little_are_refused()
    {
        byte[] packed = [.. IdxContent.Gzip(s_content[..1500]), .. IdxContent.Gzip(s_content[1500..^1])];
        IdxContent.Refusal(packed).Message.Should().Contain("claims 30 x 100 bytes, but 2999 follow");
        IdxContent.Refusal([.. packed, 0, 0]).Message.Should().Contain("claims 30 x 100 bytes, but 2999 follow");
    }

    [Fact]
    public void A_wrong_checksum_in_any_member_is_refused()
    {
        var (first, second) = (IdxContent.Gzip(s_content[..1500]), IdxContent.Gzip(s_content[1500..]));
        byte[] damaged = [.. first];
        damaged[^6] ^= 1;
        IdxContent.Refusal([.. damaged, .. second]).Message.Should().Contain("gzip data is damaged");
        damaged = [.. second];
        damaged[^6] ^= 1;
        IdxContent.Refusal([.. first, .. damaged]).Message.Should().Contain("gzip data is damaged");
        IdxContent.Refusal([.. first, .. damaged, 0, 0]).Message.Should().Contain("gzip data is damaged");
        // A byte as members begin with, behind them, hides it no more.
        IdxContent.Refusal([.. first, .. damaged, 0x1F]).Message.Should().Contain("gzip data is damaged");
        IdxContent.Read([.. first, .. second, 0x1F]).Warning.Should().Be("given.idx: what follows the gzip data was left alone");
    }

    [Fact]
    public void A_refusal_says_which_checksum_or_length_does_not_fit_and_at_which_byte()
    {
        // With every field that a header may have: bytes of any kind, a name and a comment.
        var plain = IdxContent.Gzip(s_content[..1500]);
        byte[] first = [.. plain[..3], 4 | 8 | 16, .. plain[4..10], 3, 0, 1, 2, 3, .. "name\0"u8, .. "comment\0"u8, .. plain[10..]];
        var second = IdxContent.Gzip(s_content[1500..]);
        byte[] packed = [.. first, .. second];
        IdxContent.Read(packed).Warning.Should().BeNull();
        foreach (var end in new[] { first.Length, packed.Length })
        {
            byte[] checksum = [.. packed], length = [.. packed];
            checksum[end - 6] ^= 1;
            IdxContent.Refusal(checksum).Message.Should().Contain(FormattableString.Invariant(
                $"the checksum in bytes {end - 8} to {end - 5} of the packed file is 0x{BitConverter.ToUInt32(checksum, end - 8):X8}, ")
                + FormattableString.Invariant($"that of what it unpacks to 0x{BitConverter.ToUInt32(packed, end - 8):X8}"));
            length[end - 4] ^= 1;
            IdxContent.Refusal(length).Message.Should().Contain(FormattableString.Invariant(
                $"the length in bytes {end - 4} to {end - 1} of the packed file is {BitConverter.ToUInt32(length, end - 4)}, ")
                + FormattableString.Invariant($"that of what it unpacks to {BitConverter.ToUInt32(packed, end - 4)}"));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70_000)]
    public void Bytes_that_cannot_be_unpacked_are_named(int before)
    {
        // A stored block, which the unpacker takes as it is, and then one of a kind that there is not.
        byte[] stored = [0, 0xFF, 0xFF, 0, 0, .. new byte[0xFFFF]];
        byte[] packed = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, .. before == 0 ? [] : stored, 7, .. new byte[100]];
        if (before > 0)
            IdxContent.With([], 1, 65526).CopyTo(packed, 15);
        var message = FormattableString.Invariant($"it cannot be unpacked beyond byte {packed.Length - 100} of the packed file");
        IdxContent.Refusal(packed).Message.Should().Contain(message).And.NotContain("archive");
    }

    // 8,008 is 0x1F48, and 0x1F is how members begin: such a trailer ends as a file with the first byte of one more member.
    [Theory]
    [InlineData(0)]
    [InlineData(600)]
    public void A_damaged_trailer_that_ends_as_members_begin_is_refused(int zeros)
    {
        byte[] values = [.. Enumerable.Range(0, 8000).Select(i => (byte)(i * 7))];
        var packed = IdxContent.Gzip(IdxContent.With(values, 8000));
        packed[^4..].Should().Equal(0x48, 0x1F, 0, 0);
        IdxContent.Read([.. packed, .. new byte[zeros]]).Warning.Should().BeNull();
        IdxContent.Read([.. packed, 0x1F, .. new byte[zeros]]).Warning.Should().Be("given.idx: what follows the gzip data was left alone");
        for (var place = 3; place <= 8; place++)
        {
            byte[] damaged = [.. packed];
            damaged[^place] ^= 1;
            IdxContent.Refusal([.. damaged, .. new byte[zeros]]).Message.Should().Contain("gzip data is damaged");
            IdxContent.Refusal([.. damaged, 0x1F, .. new byte[zeros]]).Message.Should().Contain("gzip data is damaged");
        }
        for (var missing = 3; missing <= 8; missing++)
            IdxContent.Refusal([.. packed[..^missing], .. new byte[zeros]]);
        IdxContent.Refusal([.. packed[..^5], 0x1F, .. new byte[zeros]]);
    }
}
