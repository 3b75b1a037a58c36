using System.Globalization;

namespace VaeToolkit.Volumes.Tests.Nifti;

/// <summary>Files that break the format, or use all of it, and that other tools read.</summary>
public sealed class NiftiLeniencyTests
{
    private static readonly float[] s_values = [.. Enumerable.Range(0, 12).Select(i => (float)i)];
    private static readonly byte[] s_sound = NiftiContent.Sound().With(1, NiftiContent.SoundVoxels);

    [Theory]
    [InlineData(0f)]
    [InlineData(float.NaN)]
    public void An_sform_that_cannot_be_inverted_gives_way_to_the_qform_with_a_warning(float entry)
    {
        var content = NiftiContent.Sound().Shorts(252, 1, 2).Floats(76, 1, 2, 3, 4).Floats(268, 5, 6, 7)
            .Floats(280, [.. Enumerable.Repeat(entry, 12)]);
        var volume = NiftiContent.Read(content.With(1, NiftiContent.SoundVoxels));
        volume.Grid.Affine.IsCloseTo(Affine.FromRows(2, 0, 0, 5, 0, 3, 0, 6, 0, 0, 4, 7), 1e-12).Should().BeTrue();
        volume.Warning.Should().Match("given.nii: sform_code is 2, but its map *; the qform was taken.");
        NiftiContent.Refusal(content.Floats(76, 1, 0).With(1, NiftiContent.SoundVoxels)).Message.Should().Contain("pixdim[1] is 0");
    }

    [Fact]
    public void A_negative_spacing_is_taken_without_its_sign_and_an_empty_extent_beyond_the_third_for_one_with_warnings()
    {
        var spacing = NiftiContent.Read(
            NiftiContent.Sound().Shorts(252, 1, 0).Floats(76, 1, -2, 3, -4).Floats(268, 5, 6, 7).With(1, NiftiContent.SoundVoxels));
        spacing.Grid.Affine.IsCloseTo(Affine.FromRows(2, 0, 0, 5, 0, 3, 0, 6, 0, 0, 4, 7), 1e-12).Should().BeTrue();
        spacing.Warning.Should().Be("given.nii: pixdim[1] is -2, but a spacing is positive; 2 was taken. "
            + "given.nii: pixdim[3] is -4, but a spacing is positive; 4 was taken.");
        var extents = NiftiContent.Read(NiftiContent.Sound().Shorts(40, 7).Shorts(48, 0, 0, 0, 0).With(1, NiftiContent.SoundVoxels));
        extents.Channels.Should().Be(1);
        extents.Values.ToArray().Should().Equal(s_values);
        extents.Warning.Should().StartWith("given.nii: dim[4] is 0, but an extent is at least 1, which was taken. given.nii: dim[5] is 0");
    }

    [Fact]
    public void A_sound_file_has_no_warning() => NiftiContent.Read(s_sound).Warning.Should().BeNull();

    [Fact]
    public void Gzip_members_are_read_as_one_stream()
    {
        foreach (var cut in new[] { 1, 100, 348, 352, 360, 363 })
            Check([.. NiftiContent.Gzip(s_sound[..cut]), .. NiftiContent.Gzip(s_sound[cut..])]);
        // As bgzip ends its files: an empty member, all of whose last nine bytes are 0.
        Check([.. NiftiContent.Gzip(s_sound), .. Convert.FromHexString("1f8b08040000000000ff0600424302001b0003000000000000000000")]);
        // As pigz -p may: a member a byte.
        Check([.. s_sound.SelectMany(value => NiftiContent.Gzip([value]))]);

        static void Check(byte[] packed)
        {
            NiftiContent.Read(packed).Values.ToArray().Should().Equal(s_values);
            NiftiContent.Read(packed).Warning.Should().BeNull();
            for (var missing = 1; missing < 5; missing++)
                NiftiContent.Refusal(packed[..^missing]).Message.Should().Contain("gzip data is damaged");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(511)]
    [InlineData(100_000)]
    public void Zeros_after_the_gzip_data_are_padding(int zeros)
    {
        foreach (var packed in new[] { NiftiContent.Gzip(s_sound), [.. NiftiContent.Gzip(s_sound), .. NiftiContent.Gzip([])] })
        {
            var volume = NiftiContent.Read([.. packed, .. new byte[zeros]]);
            volume.Values.ToArray().Should().Equal(s_values);
            volume.Warning.Should().BeNull();
        }
    }

    [Fact]
    public void Zeros_do_not_hide_that_gzip_data_was_cut_short()
    {
        var packed = NiftiContent.Gzip(s_sound);
        // Of the length 364 at the end, two bytes are 0 already.
        for (var missing = 3; missing < packed.Length - 3; missing++)
            NiftiContent.Refusal([.. packed[..^missing], .. new byte[1000]]);
    }

    [Fact]
    public void A_refusal_says_which_checksum_or_length_does_not_fit_and_at_which_byte()
    {
        var (first, second) = (NiftiContent.Gzip(s_sound[..200]), NiftiContent.Gzip(s_sound[200..]));
        byte[] packed = [.. first, .. second];
        foreach (var end in new[] { first.Length, packed.Length })
        {
            byte[] checksum = [.. packed], length = [.. packed];
            checksum[end - 6] ^= 1;
            NiftiContent.Refusal(checksum).Message.Should().StartWith("given.nii: ").And.Contain(FormattableString.Invariant(
                $"the checksum in bytes {end - 8} to {end - 5} of the packed file is 0x{BitConverter.ToUInt32(checksum, end - 8):X8}, ")
                + FormattableString.Invariant($"that of what it unpacks to 0x{BitConverter.ToUInt32(packed, end - 8):X8}"));
            length[end - 4] ^= 1;
            NiftiContent.Refusal(length).Message.Should().Contain(FormattableString.Invariant(
                $"the length in bytes {end - 4} to {end - 1} of the packed file is {BitConverter.ToUInt32(length, end - 4)}, ")
                + FormattableString.Invariant($"that of what it unpacks to {BitConverter.ToUInt32(packed, end - 4)}"));
        }
    }

    // 8,008 is 0x1F48, and 0x1F is how members begin: such a trailer ends as a file with the first byte of one more member.
    [Theory]
    [InlineData(0)]
    [InlineData(600)]
    public void A_damaged_trailer_that_ends_as_members_begin_is_refused(int zeros)
    {
        const string lone = "given.nii: what follows the gzip data was left alone.";
        var padding = new byte[zeros];
        // 352 bytes before 7,656 voxels.
        var content = NiftiContent.Sound().Extents(3, 2, 1276).With(1, [.. Enumerable.Range(0, 7656).Select(i => (byte)(i * 7))]);
        var packed = NiftiContent.Gzip(content);
        packed[^4..].Should().Equal(0x48, 0x1F, 0, 0);
        NiftiContent.Read([.. packed, .. padding]).Warning.Should().BeNull();
        NiftiContent.Read([.. packed, 0x1F, .. padding]).Warning.Should().Be(lone);
        NiftiContent.Read([.. NiftiContent.Gzip(content[..9]), .. NiftiContent.Gzip(content[9..]), 0x1F, .. padding])
            .Warning.Should().Be(lone);
        for (var place = 3; place <= 8; place++)
        {
            byte[] damaged = [.. packed];
            damaged[^place] ^= 1;
            NiftiContent.Refusal([.. damaged, .. padding]).Message.Should().Contain("gzip data is damaged");
            NiftiContent.Refusal([.. damaged, 0x1F, .. padding]).Message.Should().Contain("gzip data is damaged");
        }
        for (var missing = 3; missing <= 8; missing++)
            NiftiContent.Refusal([.. packed[..^missing], .. padding]);
        NiftiContent.Refusal([.. packed[..^5], 0x1F, .. padding]);
    }

    [Fact]
    public void What_else_follows_the_gzip_data_is_left_alone_with_a_warning()
    {
        foreach (var rest in new[] { "x", "signature", "\0\0\0signature\0\0", "\u001f", "\u001f\0\0", "\u001fx" })
        {
            var volume = NiftiContent.Read([.. NiftiContent.Gzip(s_sound), .. rest.Select(letter => (byte)letter)]);
            volume.Values.ToArray().Should().Equal(s_values);
            volume.Warning.Should().Be("given.nii: what follows the gzip data was left alone.");
        }
    }

    [Fact]
    public void Bytes_after_the_voxels_are_left_alone_with_a_warning()
    {
        foreach (var more in new[] { 1, 12, 10_000 })
        {
            byte[] content = [.. s_sound, .. Enumerable.Repeat((byte)7, more)];
            foreach (var bytes in new[] { content, NiftiContent.Gzip(content) })
            {
                var volume = NiftiContent.Read(bytes);
                volume.Values.ToArray().Should().Equal(s_values);
                volume.Warning.Should().Be(string.Create(CultureInfo.InvariantCulture,
                    $"given.nii: the voxels end at byte 364 by the header's count; {more} bytes that follow were left alone."));
            }
        }
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["v.hdr"], NiftiContent.Sound().Bytes(344, [.. "ni1\0"u8]).Floats(108, 0).Header());
        File.WriteAllBytes(folder["v.img"], [.. NiftiContent.SoundVoxels, 1, 2, 3]);
        NiftiFile.Read(folder["v.hdr"]).Warning.Should().Contain("byte 12 by the header's count; 3 bytes");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(348)]
    public void Voxels_that_are_said_to_begin_within_the_header_are_found_by_the_length_of_the_file(float offset)
    {
        var content = NiftiContent.Sound().Floats(108, offset);
        byte[] whole = content.With(1, NiftiContent.SoundVoxels);
        byte[] withoutExtensions = [.. content.Header(), .. NiftiContent.SoundVoxels];
        foreach (var (bytes, from) in new[] { (whole, 352), (withoutExtensions, 348), ([.. whole, 9, 9], 352) })
            foreach (var file in new[] { bytes, NiftiContent.Gzip(bytes) })
            {
                var volume = NiftiContent.Read(file);
                volume.Values.ToArray().Should().Equal(s_values);
                (offset == from ? volume.Warning is null : volume.Warning!.Contains($"were taken from byte {from}")).Should().BeTrue();
            }
        NiftiContent.Refusal(withoutExtensions[..^1]).Message.Should().Contain("claims a file of 364 bytes, but it has 359");
    }

    [Theory]
    [InlineData(false, 16)]
    [InlineData(false, 32, 16, 48)]
    [InlineData(true, 16, 4096)]
    public void Extensions_before_voxels_whose_place_is_not_said_are_passed_over(bool bigEndian, params int[] sizes)
    {
        byte[] Number(int value) => bigEndian ? [.. BitConverter.GetBytes(value).Reverse()] : BitConverter.GetBytes(value);
        byte[] Of(IEnumerable<int> stated)
        {
            var header = NiftiContent.Sound(bigEndian).Floats(108, 0).Header();
            return [.. header, 1, 0, 0, 0, .. sizes.Zip(stated).SelectMany(size => (byte[])
                [.. Number(size.Second), .. Number(6), .. Enumerable.Repeat((byte)200, size.First - 8)]), .. NiftiContent.SoundVoxels];
        }

        var bytes = Of(sizes);
        foreach (var file in new[] { bytes, NiftiContent.Gzip(bytes) })
        {
            var volume = NiftiContent.Read(file);
            volume.Values.ToArray().Should().Equal(s_values);
            volume.Warning.Should().EndWith($"they were taken from byte {352 + sizes.Sum()}.");
        }
        // Sizes that do not lead to where the voxels must begin are no extensions.
        foreach (var size in new[] { 0, -16, 7, 17, sizes[0] + 32, int.MaxValue })
            NiftiContent.Read(Of([size, .. sizes[1..]])).Warning.Should().Contain("from byte 352").And.Contain("that follow");
    }

    [Fact]
    public void A_pair_that_says_where_voxels_begin_in_one_piece_is_read_from_the_start_of_its_image()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["v.hdr"], NiftiContent.Sound().Bytes(344, [.. "ni1\0"u8]).Header());
        File.WriteAllBytes(folder["v.img"], NiftiContent.SoundVoxels);
        var volume = NiftiFile.Read(folder["v.img"]);
        volume.Values.ToArray().Should().Equal(s_values);
        volume.Warning.Should().Contain("vox_offset is 352").And.Contain("from byte 0");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(-8)]
    public void A_bitpix_that_contradicts_the_type_is_warned_of(short bits)
    {
        var volume = NiftiContent.Read(NiftiContent.Sound().Type(2, bits).With(1, NiftiContent.SoundVoxels));
        volume.Values.ToArray().Should().Equal(s_values);
        volume.Warning.Should().Be(string.Create(CultureInfo.InvariantCulture,
            $"given.nii: bitpix is {bits}, but datatype 2 (Unsigned8) has 8 bits, which were taken."));
    }

    [Fact]
    public void Half_a_turn_about_any_axis_is_exactly_that_whatever_rounding_made_of_its_quaternion()
    {
        var random = new Random(4);
        for (var i = 0; i < 200; i++)
        {
            var (x, y, z) = (random.NextDouble() - 0.5, random.NextDouble() - 0.5, random.NextDouble() - 0.5);
            var length = Math.Sqrt((x * x) + (y * y) + (z * z));
            var (b, c, d) = (x / length, y / length, z / length);
            var content = NiftiContent.Sound().Shorts(252, 1, 0).Floats(256, (float)b, (float)c, (float)d);
            // R = 2 n nᵀ − I: symmetric, which a scalar part of 3e-4 would not leave it.
            var affine = NiftiContent.Read(content.With(1, NiftiContent.SoundVoxels)).Grid.Affine;
            affine.IsCloseTo(Affine.FromRows(
                (2 * b * b) - 1, 2 * b * c, 2 * b * d, 0, 2 * b * c, (2 * c * c) - 1, 2 * c * d, 0, 2 * b * d, 2 * c * d, (2 * d * d) - 1,
                0), 5e-7).Should().BeTrue("axis {0}", (b, c, d));
        }
    }

    [Fact]
    public void Warnings_of_a_case_s_files_go_along_with_whatever_is_made_of_them()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["images"]);
        Directory.CreateDirectory(folder["labels"]);
        File.WriteAllBytes(folder["images/a.nii"], [.. s_sound, 1]);
        File.WriteAllBytes(folder["labels/a.nii"], NiftiContent.Sound().Type(2, 3).With(1, NiftiContent.SoundVoxels));
        var image = NiftiFile.Read(folder["images/a.nii"]);
        Cropping.ToSize(Orientation.ToRas(image.Select(value => value * 2)), new(3, 3, 3)).Warning.Should().Be(image.Warning);
        var item = VolumeFolder.Open(folder.Folder, new Preprocessing()).Load(0);
        item.Warning.Should().Match("*images?a.nii: the voxels end*labels?a.nii: bitpix is 3*");
        new VolumeCase("a", image, NiftiFile.ReadLabels(folder["labels/a.nii"])).Warning.Should().Be(item.Warning);
    }
}
