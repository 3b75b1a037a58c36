namespace VaeToolkit.Volumes.Tests.Nifti;

public sealed class NiftiTwoTests
{
    private static readonly double[] s_sform = [0, 2, 0, 10, -1, 0, 0, 20, 0, 0, 3, 30];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_is_read_in_both_byte_orders_plain_and_gzipped(bool bigEndian)
    {
        var content = Sound(bigEndian).Reals(176, 2, -1).Codes(344, 0, 1).Reals(400, s_sform).Voxels();
        foreach (var bytes in new[] { content, NiftiContent.Gzip(content) })
        {
            var volume = NiftiContent.Read(bytes);
            (volume.Size, volume.Channels, volume.Warning).Should().Be((new VolumeSize(3, 2, 1), 2, null));
            volume.Values.ToArray().Should().Equal(Enumerable.Range(0, 12).Select(i => (2f * i) - 1));
            volume.Grid.Affine.IsCloseTo(Affine.FromRows(s_sform), 0).Should().BeTrue();
        }
    }

    [Fact]
    public void The_qform_the_spacing_and_the_unit_of_length_are_where_the_standard_has_them()
    {
        NiftiContent.Read(Sound().Reals(104, 1, 2, 3, 4).Codes(500, 1).Voxels()).Grid.Affine
            .IsCloseTo(Affine.Scaling(new(2000, 3000, 4000)), 1e-9).Should().BeTrue();
        var qform = Sound().Reals(104, -1, 2, 3, 4).Codes(344, 1, 0).Reals(352, 0, 0, Math.Sqrt(0.5), 5, 6, 7);
        NiftiContent.Read(qform.Voxels()).Grid.Affine
            .IsCloseTo(Affine.FromRows(0, -3, 0, 5, 2, 0, 0, 6, 0, 0, -4, 7), 1e-12).Should().BeTrue();
    }

    [Fact]
    public void Header_and_image_may_be_two_files()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["v.hdr"], Sound().Bytes(4, [.. "ni2\0\r\n\x1a\n"u8]).Whole(168, 0).Voxels()[..540]);
        File.WriteAllBytes(folder["v.img"], NiftiContent.SoundVoxels);
        NiftiFile.ReadLabels(folder["v.hdr"]).Values.ToArray().Should().Equal(Enumerable.Range(0, 12));
    }

    [Fact]
    public void What_other_tools_read_is_read_with_a_warning_here_too()
    {
        foreach (var stated in new[] { 0, 540 })
        {
            NiftiContent.Read(Sound().Whole(168, stated).Voxels()).Warning.Should().Contain("taken from byte 544");
            NiftiContent.Read([.. Sound().Whole(168, stated).Voxels()[..540], .. NiftiContent.SoundVoxels])[2, 1, 0, 1].Should().Be(11);
        }
        NiftiContent.Read(Sound().Codes(344, 1, 1).Voxels()).Warning.Should().Contain("the qform was taken");
        NiftiContent.Read([.. Sound().Voxels(), 5]).Warning.Should().Contain("end at byte 556").And.Contain("1 bytes that follow");
    }

    [Fact]
    public void A_broken_header_is_refused_with_the_field_and_its_byte()
    {
        Expect(Sound().Bytes(4, 0, 0, 0, 0), 4, "*magic is 00000000, in a NIfTI-2 file 6E2B3200 (\"n+2\")*");
        Expect(Sound().Bytes(4, [.. "ni2\0"u8]), 4, "*second file*");
        Expect(Sound().Whole(16, 8), 16, "*dim[0] is 8*");
        Expect(Sound().Whole(32, -2), 32, "*dim[2] is -2*");
        Expect(Sound().Whole(24, long.MaxValue), 24, "*multiply to 9223372036854775807*");
        Expect(Sound().Whole(168, 543), 168, "*vox_offset is 543*at least 544*");
        Expect(Sound().Whole(168, long.MaxValue), 168, "*vox_offset is*");
        Expect(Sound().Reals(176, 1, double.NaN), 184, "*scl_inter is NaN*");
        Expect(Sound().Reals(104, 1, 2, 0), 120, "*pixdim[2] is 0*");
        var content = Sound().Voxels();
        for (var length = 0; length < content.Length; length++)
            NiftiContent.Refusal(content[..length]);

        static void Expect(Content content, long offset, string message)
        {
            var refusal = NiftiContent.Refusal(content.Voxels());
            refusal.Message.Should().Match(message);
            refusal.Offset.Should().Be(offset);
        }
    }

    /// <summary>3 x 2 x 1 voxels of two channels, bytes 0 to 11.</summary>
    private static Content Sound(bool bigEndian = false) => new(bigEndian);

    private sealed class Content
    {
        private readonly byte[] _header = new byte[544];
        private readonly bool _bigEndian;

        public Content(bool bigEndian)
        {
            _bigEndian = bigEndian;
            Codes(0, 540).Bytes(4, [.. "n+2\0\r\n\x1a\n"u8]).Whole(16, 4, 3, 2, 1, 2, 1, 1, 1).Reals(104, 1, 1, 1, 1).Whole(168, 544);
            Put(12, 2, BitConverter.GetBytes((short)2));
            Put(14, 2, BitConverter.GetBytes((short)8));
        }

        public Content Codes(int offset, params int[] values) => Put(offset, 4, [.. values.SelectMany(BitConverter.GetBytes)]);

        public Content Whole(int offset, params long[] values) => Put(offset, 8, [.. values.SelectMany(BitConverter.GetBytes)]);

        public Content Reals(int offset, params double[] values) => Put(offset, 8, [.. values.SelectMany(BitConverter.GetBytes)]);

        public Content Bytes(int offset, params byte[] values) => Put(offset, 1, values);

        public byte[] Voxels() => [.. _header, .. NiftiContent.SoundVoxels];

        private Content Put(int offset, int width, byte[] littleEndian)
        {
            var ordered = _bigEndian ? littleEndian.Chunk(width).SelectMany(number => number.Reverse()) : littleEndian;
            ordered.ToArray().CopyTo(_header, offset);
            return this;
        }
    }
}
