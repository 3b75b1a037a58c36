using System.Buffers.Binary;

namespace VaeToolkit.Volumes.Tests.Nifti;

public sealed class NiftiReaderTests
{
    public static TheoryData<short, int, double[], byte[]> Types => new()
    {
        { 2, 1, [0, 200], [0, 200] },
        { 256, 1, [-1, -128], [0xFF, 0x80] },
        { 4, 2, [-2, 258], [0xFE, 0xFF, 0x02, 0x01] },
        { 512, 2, [65534, 258], [0xFE, 0xFF, 0x02, 0x01] },
        { 8, 4, [-2, 65536], [0xFE, 0xFF, 0xFF, 0xFF, 0, 0, 1, 0] },
        { 768, 4, [4294967040, 65536], [0, 0xFF, 0xFF, 0xFF, 0, 0, 1, 0] },
        { 1024, 8, [-2, 4294967296], [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 1, 0, 0, 0] },
        { 1280, 8, [9223372036854775808, 4294967296], [0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0] },
        { 16, 4, [1, -2.5], [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0] },
        { 64, 8, [1, -2.5], [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0x04, 0xC0] },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_is_read_in_both_byte_orders_plain_and_gzipped(short code, int length, double[] expected, byte[] voxels)
    {
        foreach (var bigEndian in new[] { false, true })
        {
            var content = new NiftiContent(bigEndian).Extents(2).Type(code, (short)(8 * length)).With(length, voxels);
            foreach (var bytes in new[] { content, NiftiContent.Gzip(content) })
                NiftiContent.Read(bytes).Values.ToArray()
                    .Should().Equal(expected.Select(value => (float)value), "big-endian is {0}", bigEndian);
        }
    }

    [Fact]
    public void A_number_beyond_the_largest_float_is_refused_where_it_became_an_infinity()
    {
        Volume<float> Read(double voxel) => NiftiContent.Read(
            new NiftiContent().Extents(2).Type(64, 64).With(8, [.. BitConverter.GetBytes(1.5), .. BitConverter.GetBytes(voxel)]));
        Read(float.MaxValue)[1, 0, 0].Should().Be(float.MaxValue);
        Read(double.NegativeInfinity)[1, 0, 0].Should().Be(float.NegativeInfinity);
        FluentActions.Invoking(() => Read(-1e300)).Should().Throw<NiftiException>()
            .WithMessage("*a voxel is -1E+300, beyond the largest 32-bit float (byte 360).");
        var scaled = new NiftiContent().Extents(1).Type(8, 32).Floats(112, 1e35f).With(4, 0, 0, 1, 0);
        FluentActions.Invoking(() => NiftiContent.Read(scaled)).Should().Throw<NiftiException>().WithMessage("*a voxel is 6.55*E+39*");
    }

    [Fact]
    public void X_is_fastest_and_extents_after_the_third_are_channels()
    {
        var volume = NiftiContent.Read(NiftiContent.Sound().Extents(3, 2, 1, 2, 1).With(1, NiftiContent.SoundVoxels));
        (volume.Size, volume.Channels).Should().Be((new VolumeSize(3, 2, 1), 2));
        (volume[2, 1, 0], volume[1, 0, 0], volume[0, 1, 0], volume[0, 0, 0, 1]).Should().Be((5f, 1f, 3f, 6f));
        NiftiContent.Read(NiftiContent.Sound().Extents(3, 2, 2, 1, 1, 1, 1).With(1, NiftiContent.SoundVoxels)).Channels.Should().Be(1);
    }

    [Theory]
    [InlineData(2f, -1f, 9f)]
    [InlineData(0f, 7f, 5f)]
    [InlineData(float.NaN, 7f, 5f)]
    [InlineData(float.PositiveInfinity, 7f, 5f)]
    public void Slope_and_intercept_count_only_where_the_slope_is_finite_and_not_zero(float slope, float intercept, float fifth)
    {
        NiftiContent.Read(NiftiContent.Sound().Floats(112, slope, intercept).With(1, NiftiContent.SoundVoxels))[2, 1, 0].Should().Be(fifth);
    }

    [Fact]
    public void A_mask_stored_as_scaled_integers_is_scaled_before_it_is_cut_at_one_half()
    {
        // As a real brain mask has it: int32, slope 2.33e-10, intercept 0.5, raw values ±2³¹.
        using var folder = new TemporaryFolder();
        var voxels = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(voxels, int.MinValue);
        BinaryPrimitives.WriteInt32LittleEndian(voxels.AsSpan(4), int.MaxValue);
        File.WriteAllBytes(folder["mask.nii"], new NiftiContent().Extents(2).Type(8, 32).Floats(112, 2.3283064e-10f, 0.5f).With(4, voxels));
        NiftiFile.ReadMask(folder["mask.nii"]).Values.ToArray().Should().Equal(false, true);
        NiftiFile.ReadLabels(folder["mask.nii"]).Values.ToArray().Should().Equal(0, 1);
    }

    [Fact]
    public void A_label_that_is_not_a_whole_number_is_refused_with_its_byte()
    {
        var content = NiftiContent.Sound().Floats(112, 0.5f, 0).With(1, NiftiContent.SoundVoxels);
        var read = () => NiftiFile.ReadLabels(new MemoryStream(content), "labels.nii");
        read.Should().Throw<NiftiException>().WithMessage("labels.nii: a voxel is 0.5*").Which.Offset.Should().Be(353);
    }

    [Fact]
    public void Large_labels_may_be_off_by_what_a_slope_of_32_bits_rounds()
    {
        // 14175, a label of FreeSurfer's atlas, as 32130 times the float32 next to 14175/32130 above it.
        var content = new NiftiContent().Extents(2).Type(4, 16).Floats(112, MathF.BitIncrement(14175f / 32130), 0)
            .With(2, [0x82, 0x7D, 0, 0]);
        NiftiFile.ReadLabels(new MemoryStream(content), "labels.nii").Values.ToArray().Should().Equal(14175, 0);
    }

    [Fact]
    public void A_pair_is_read_by_either_name()
    {
        using var folder = new TemporaryFolder();
        foreach (var bigEndian in new[] { false, true })
        {
            var content = NiftiContent.Sound(bigEndian).Type(4, 16).Bytes(344, [.. "ni1\0"u8]).Floats(108, 2);
            File.WriteAllBytes(folder["v.hdr"], content.Header());
            File.WriteAllBytes(folder["v.img"],
                [9, 9, .. content.Ordered(2, [.. NiftiContent.SoundVoxels.SelectMany(value => new[] { value, (byte)1 })])]);
            foreach (var name in new[] { "v.hdr", "v.img" })
                NiftiFile.Read(folder[name]).Values.ToArray().Should().Equal(Enumerable.Range(256, 12).Select(i => (float)i));
        }
        File.Delete(folder["v.img"]);
        var read = () => NiftiFile.Read(folder["v.hdr"]);
        read.Should().Throw<FileNotFoundException>().WithMessage("*v.img*");
    }

    [Theory]
    [InlineData("v.hdr.gz", "v.img.gz")]
    [InlineData("v.hdr", "v.img.gz")]
    [InlineData("v.hdr.gz", "v.img")]
    [InlineData("V.HDR", "V.IMG")]
    public void A_pair_may_be_packed_or_written_large(string header, string image)
    {
        using var folder = new TemporaryFolder();
        var content = NiftiContent.Sound().Bytes(344, [.. "ni1\0"u8]).Floats(108, 0);
        Write(header, content.Header());
        Write(image, NiftiContent.SoundVoxels);
        foreach (var name in new[] { header, image })
            NiftiFile.Read(folder[name]).Values.ToArray().Should().Equal(Enumerable.Range(0, 12).Select(i => (float)i));

        void Write(string name, byte[] bytes)
        {
            using Stream file = File.Create(folder[name]);
            using var stream = name.EndsWith(".gz", StringComparison.Ordinal)
                ? new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest) : file;
            stream.Write(bytes);
        }
    }

    [Fact]
    public void What_lies_between_header_and_voxels_is_skipped()
    {
        var content = NiftiContent.Sound().Floats(108, 368).With(1, [.. new byte[16], .. NiftiContent.SoundVoxels]);
        NiftiContent.Read(content).Values.ToArray().Should().Equal(Enumerable.Range(0, 12).Select(i => (float)i));
    }

    [Fact]
    public void A_stream_without_length_and_a_missing_file_are_refused()
    {
        var read = () => NiftiFile.Read("/no/such/file.nii");
        read.Should().Throw<IOException>().WithMessage("*/no/such*");
        using var stream = new System.IO.Compression.GZipStream(new MemoryStream(), System.IO.Compression.CompressionMode.Decompress);
        var other = () => NiftiFile.Read(stream);
        other.Should().Throw<ArgumentException>().WithMessage("*seekable*");
    }
}
