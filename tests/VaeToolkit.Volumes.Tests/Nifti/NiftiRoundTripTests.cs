namespace VaeToolkit.Volumes.Tests.Nifti;

public sealed class NiftiRoundTripTests
{
    private static readonly Affine s_oblique = Affine.FromRows(0.8, -0.6, 0, -12.5, 0.6, 0.8, 0, 40, 0, 0, -2.5, 7.25);

    [Theory]
    [InlineData(NiftiDataType.Unsigned8, 0, 255)]
    [InlineData(NiftiDataType.Signed8, -128, 127)]
    [InlineData(NiftiDataType.Signed16, -32768, 32767)]
    [InlineData(NiftiDataType.Unsigned16, 0, 65535)]
    [InlineData(NiftiDataType.Signed32, -2147483648, 16777215)]
    [InlineData(NiftiDataType.Unsigned32, 0, 4294967040)]
    [InlineData(NiftiDataType.Signed64, -9223372036854775808, 16777215)]
    [InlineData(NiftiDataType.Unsigned64, 0, 16777215)]
    [InlineData(NiftiDataType.Real32, float.MinValue, float.MaxValue)]
    [InlineData(NiftiDataType.Real64, float.NegativeInfinity, float.NaN)]
    public void What_is_written_is_read_back(NiftiDataType type, double lowest, double highest)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(5);
        float[] values = [(float)lowest, (float)highest, .. Enumerable.Range(0, 2 * 210 - 2).Select(_ => (float)random.Next(0, 100))];
        var volume = new Volume<float>(new(new(5, 6, 7), s_oblique), values, channels: 2);
        foreach (var name in new[] { "v.nii", "v.nii.gz" })
        {
            NiftiFile.Write(folder[name], volume, type);
            var read = NiftiFile.Read(folder[name]);
            read.Values.ToArray().Should().Equal(values);
            (read.Channels, read.Name).Should().Be((2, folder[name]));
            read.Grid.Matches(volume.Grid).Should().BeTrue();
        }
        File.ReadAllBytes(folder["v.nii.gz"])[..2].Should().Equal(0x1F, 0x8B);
        Directory.GetFiles(folder.Folder).Should().HaveCount(2, "temporary files are gone");
    }

    [Fact]
    public void Labels_and_masks_are_read_back()
    {
        using var folder = new TemporaryFolder();
        var labels = new Volume<int>(new(new(3, 1, 1)), [0, 2, -1]);
        NiftiFile.Write(folder["labels.nii"], labels);
        NiftiFile.ReadLabels(folder["labels.nii"]).Values.ToArray().Should().Equal(0, 2, -1);
        NiftiFile.Write(folder["labels.nii"], new Volume<int>(labels.Grid, [int.MinValue, 0, int.MaxValue]), NiftiDataType.Signed32);
        NiftiFile.ReadLabels(folder["labels.nii"]).Values.ToArray().Should().Equal(int.MinValue, 0, int.MaxValue);
        NiftiFile.Write(folder["mask.nii.gz"], labels.Select(label => label == 2));
        NiftiFile.ReadMask(folder["mask.nii.gz"]).Values.ToArray().Should().Equal(false, true, false);
    }

    [Theory]
    [InlineData(NiftiDataType.Unsigned8, -1)]
    [InlineData(NiftiDataType.Unsigned8, 256)]
    [InlineData(NiftiDataType.Signed16, 0.5)]
    [InlineData(NiftiDataType.Signed64, double.NaN)]
    [InlineData(NiftiDataType.Unsigned64, float.PositiveInfinity)]
    public void A_value_that_the_type_cannot_hold_is_refused_and_the_old_file_stays(NiftiDataType type, double value)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["v.nii"], "old");
        var write = () => NiftiFile.Write(folder["v.nii"], new Volume<float>(new(new(2, 1, 1)), [0, (float)value]), type);
        write.Should().Throw<ArgumentException>().WithMessage($"*voxel 1 is*{type}*");
        File.ReadAllText(folder["v.nii"]).Should().Be("old");
    }

    [Fact]
    public void The_qform_says_the_same_as_the_sform_where_it_can()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(6);
        for (var i = 0; i < 50; i++)
        {
            var affine = Rotation(random) * Affine.Scaling(new(1 + random.NextDouble(), 1, i % 2 == 0 ? 2 : -2));
            NiftiFile.Write(folder["v.nii"], new Volume<float>(new(new(1, 1, 1), affine), [0]));
            var content = File.ReadAllBytes(folder["v.nii"]);
            (content[252], content[254]).Should().Be((1, 1));
            content[254] = 0;
            NiftiContent.Read(content).Grid.Affine.IsCloseTo(affine, 1e-5).Should().BeTrue("turn {0}", i);
        }
        var sheared = Affine.FromRows(1, 0.5, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);
        NiftiFile.Write(folder["v.nii"], new Volume<float>(new(new(1, 1, 1), sheared), [0]));
        File.ReadAllBytes(folder["v.nii"])[252].Should().Be(0, "a shear is no rotation");
        NiftiFile.Read(folder["v.nii"]).Grid.Affine.IsCloseTo(sheared, 0).Should().BeTrue();
    }

    [Theory]
    [InlineData("v.img")]
    [InlineData("v.HDR")]
    [InlineData("v.img.gz")]
    public void One_half_of_a_pair_is_refused_since_the_other_would_be_missed_when_it_is_read(string name)
    {
        using var folder = new TemporaryFolder();
        var grid = new VoxelGrid(new(1, 1, 1));
        Action[] writes =
        [
            () => NiftiFile.Write(folder[name], new Volume<float>(grid, [0])),
            () => NiftiFile.Write(folder[name], new Volume<int>(grid, [0])),
            () => NiftiFile.Write(folder[name], new Volume<bool>(grid, [true])),
        ];
        foreach (var write in writes)
            write.Should().Throw<ArgumentException>().WithMessage($"'*{name}' is one half of a pair*.nii or .nii.gz*")
                .WithParameterName("path");
        Directory.GetFiles(folder.Folder).Should().BeEmpty();
    }

    [Fact]
    public void A_map_that_32_bit_floats_cannot_hold_is_refused()
    {
        using var folder = new TemporaryFolder();
        foreach (var affine in new[] { Affine.Scaling(new(1, 1e-50, 1)), Affine.Translation(new(0, 1e50, 0)) })
        {
            FluentActions.Invoking(() => NiftiFile.Write(folder["v.nii"], new Volume<float>(new(new(1, 1, 1), affine), [0])))
                .Should().Throw<ArgumentException>().WithMessage("*beyond 32-bit floats*");
        }
        Directory.GetFiles(folder.Folder).Should().BeEmpty();
    }

    [Fact]
    public void An_axis_that_the_header_cannot_name_is_refused()
    {
        using var folder = new TemporaryFolder();
        var write = () => NiftiFile.Write(folder["v.nii"], new Volume<float>(new(new(32768, 1, 1)), new float[32768]));
        write.Should().Throw<ArgumentException>().WithMessage("*32767*32768*");
    }

    private static Affine Rotation(Random random)
    {
        var (a, b, c) = (Angle(), Angle(), Angle());
        return Turn(0, 1, a) * Turn(1, 2, b) * Turn(0, 2, c);

        double Angle() => random.NextDouble() * 2 * Math.PI;

        static Affine Turn(int i, int j, double angle)
        {
            double[] rows = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
            (rows[(4 * i) + i], rows[(4 * j) + j]) = (Math.Cos(angle), Math.Cos(angle));
            (rows[(4 * i) + j], rows[(4 * j) + i]) = (-Math.Sin(angle), Math.Sin(angle));
            return Affine.FromRows(rows);
        }
    }
}
