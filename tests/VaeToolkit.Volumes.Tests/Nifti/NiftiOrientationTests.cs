namespace VaeToolkit.Volumes.Tests.Nifti;

public sealed class NiftiOrientationTests
{
    private static readonly float[] s_sform = [0, 2, 0, 10, -1, 0, 0, 20, 0, 0, 3, 30];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_sform_comes_before_the_qform_and_the_qform_before_the_spacing(bool bigEndian)
    {
        var content = NiftiContent.Sound(bigEndian).Floats(280, s_sform).Floats(76, 1, 2, 3, 4).Floats(256, 0, 0, 0, 5, 6, 7);
        Affine Read(short qform, short sform)
            => NiftiContent.Read(content.Shorts(252, qform, sform).With(1, NiftiContent.SoundVoxels)).Grid.Affine;
        var fromSform = Affine.FromRows([.. s_sform.Select(value => (double)value)]);
        Read(1, 1).IsCloseTo(fromSform, 0).Should().BeTrue();
        Read(0, 2).IsCloseTo(fromSform, 0).Should().BeTrue();
        Read(1, 0).IsCloseTo(Affine.FromRows(2, 0, 0, 5, 0, 3, 0, 6, 0, 0, 4, 7), 1e-12).Should().BeTrue();
        Read(0, 0).IsCloseTo(Affine.Scaling(new(2, 3, 4)), 0).Should().BeTrue();
    }

    [Fact]
    public void The_qform_is_a_rotation_times_the_spacing_and_mirrors_where_qfac_is_negative()
    {
        // A quarter turn about z: b = c = 0, d = √½. x goes to y, y to −x.
        var content = NiftiContent.Sound().Shorts(252, 1, 0).Floats(256, 0, 0, MathF.Sqrt(0.5f));
        var turned = NiftiContent.Read(content.Floats(76, 1, 2, 3, 4).With(1, NiftiContent.SoundVoxels)).Grid.Affine;
        turned.IsCloseTo(Affine.FromRows(0, -3, 0, 0, 2, 0, 0, 0, 0, 0, 4, 0), 1e-6).Should().BeTrue();
        var mirrored = NiftiContent.Read(content.Floats(76, -1, 2, 3, 4).With(1, NiftiContent.SoundVoxels)).Grid.Affine;
        mirrored.IsCloseTo(Affine.FromRows(0, -3, 0, 0, 2, 0, 0, 0, 0, 0, -4, 0), 1e-6).Should().BeTrue();
    }

    [Fact]
    public void A_quaternion_a_little_off_the_unit_sphere_is_put_back_on_it()
    {
        var content = NiftiContent.Sound().Shorts(252, 1, 0).Floats(256, 0, 0, 1.00001f);
        var affine = NiftiContent.Read(content.With(1, NiftiContent.SoundVoxels)).Grid.Affine;
        affine.IsCloseTo(Affine.FromRows(-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0), 1e-9).Should().BeTrue();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1000)]
    [InlineData(2, 1)]
    [InlineData(10, 1)]
    [InlineData(3, 0.001)]
    public void Lengths_become_millimetres(byte units, double factor)
    {
        var affine = NiftiContent.Read(
            NiftiContent.Sound().Floats(76, 1, 2, 3, 4).Bytes(123, units).With(1, NiftiContent.SoundVoxels)).Grid.Affine;
        affine.IsCloseTo(Affine.Scaling(new(2 * factor, 3 * factor, 4 * factor)), 1e-12).Should().BeTrue();
    }

    [Fact]
    public void A_flat_file_may_leave_its_third_spacing_empty()
    {
        NiftiContent.Read(NiftiContent.Sound().Extents(4, 3).Floats(76, 1, 2, 2, 0).With(1, NiftiContent.SoundVoxels)).Grid.Spacing
            .Should().Be(new Vector3D(2, 2, 1));
    }

    [Fact]
    public void Unusable_orientations_are_refused()
    {
        NiftiContent.Refusal(NiftiContent.Sound().Floats(76, 1, 1, 0, 1).With(1, NiftiContent.SoundVoxels)).Message
            .Should().Match("*pixdim[2] is 0*byte 84*");
        NiftiContent.Refusal(NiftiContent.Sound().Floats(76, 1, float.NaN).With(1, NiftiContent.SoundVoxels)).Message
            .Should().Match("*pixdim[1] is NaN*byte 80*");
        NiftiContent.Refusal(NiftiContent.Sound().Shorts(254, 1).With(1, NiftiContent.SoundVoxels)).Message
            .Should().Match("*cannot be inverted*byte 252*");
        NiftiContent.Refusal(NiftiContent.Sound().Shorts(252, 1).Floats(268, float.NaN).With(1, NiftiContent.SoundVoxels)).Message
            .Should().Match("*not finite*byte 252*");
    }
}
