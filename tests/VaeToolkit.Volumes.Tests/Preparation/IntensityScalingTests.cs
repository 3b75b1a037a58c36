namespace VaeToolkit.Volumes.Tests.Preparation;

public sealed class IntensityScalingTests
{
    [Fact]
    public void The_z_score_is_over_the_foreground_and_zeros_stay_zero()
    {
        var scaled = new ZScore().Apply(Row(0, 2, 4, 6, 0));
        // Mean 4, population deviation √(8/3).
        scaled.Image.Values.ToArray().Should().Equal([0f, -1.2247449f, 0, 1.2247449f, 0], Close);
        (scaled.Replaced, scaled.Warning).Should().Be((0, null));
        new ZScore { Limit = 1 }.Apply(Row(0, 2, 4, 6, 0)).Image.Values.ToArray().Should().Equal(0, -1, 0, 1, 0);
    }

    [Fact]
    public void Percentiles_become_0_and_1_and_what_lies_beyond_is_cut()
    {
        new PercentileRange(25, 75).Apply(Row(0, 1, 2, 3, 4, 5)).Image.Values.ToArray().Should().Equal([0f, 0, 0, 0.5f, 1, 1], Close);
        new PercentileRange(0, 100).Apply(Row(0, 1, 2, 3, 4, 5)).Image.Values.ToArray()
            .Should().Equal([0f, 0, 0.25f, 0.5f, 0.75f, 1], Close);
        new PercentileRange(0.5, 60).Apply(Row(1, 1, 1, 1, 9)).Image.Values.ToArray().Should().Equal([0f, 0, 0, 0, 1], Close);
    }

    [Fact]
    public void A_mask_or_a_threshold_says_what_foreground_is()
    {
        var image = Row(-1, -2, -3, 8, 100);
        var mask = image.With(new[] { true, true, true, false, false });
        new PercentileRange(0, 100).Apply(image, mask).Image.Values.ToArray().Should().Equal([1f, 0.5f, 0, 0, 0], Close);
        new PercentileRange(0, 100) { Threshold = -2.5f }.Apply(Row(-3, -2, 8)).Image.Values.ToArray().Should().Equal([0f, 0, 1], Close);
        var other = () => new ZScore().Apply(image, new Volume<bool>(new(new(4, 1, 1)), new bool[4]));
        other.Should().Throw<ArgumentException>().WithMessage("*another grid*");
    }

    [Fact]
    public void Channels_are_scaled_each_by_itself()
    {
        var image = new Volume<float>(new(new(2, 1, 1)), [1, 3, 1e6f, 1.7e6f], channels: 2);
        new PercentileRange(0, 100).Apply(image).Image.Values.ToArray().Should().Equal([0f, 1, 0, 1], Close);
    }

    [Theory]
    [InlineData(new float[] { 0, 0, 0 })]
    [InlineData(new float[] { 7, 7, 7 })]
    [InlineData(new float[] { 0, 7, 0 })]
    public void A_constant_volume_becomes_zeros_with_a_warning(float[] values)
    {
        foreach (IntensityScaling scaling in new IntensityScaling[] { new ZScore(), new PercentileRange() })
        {
            var scaled = scaling.Apply(Row(values).Named("dull.nii"));
            scaled.Image.Values.ToArray().Should().OnlyContain(value => value == 0);
            scaled.Warning.Should().StartWith("dull.nii: channel 0 has fewer than two values");
        }
    }

    [Fact]
    public void Voxels_that_are_not_finite_are_refused_or_replaced_and_counted()
    {
        var image = Row(1, float.NaN, 3, float.PositiveInfinity);
        var apply = () => new ZScore().Apply(image.Named("bad.nii"));
        apply.Should().Throw<ArgumentException>().WithMessage("bad.nii: 2 voxels*first at index 1*");
        var scaled = new ZScore { NonFinite = NonFiniteVoxels.Replace }.Apply(image);
        scaled.Image.Values.ToArray().Should().Equal(-1, 0, 1, 0);
        (scaled.Replaced, scaled.Warning).Should().Be((2, "volume: 2 voxels were NaN or infinite and were set to 0."));
    }

    [Fact]
    public void Bad_settings_are_refused()
    {
        var limit = () => new ZScore { Limit = 0 };
        limit.Should().Throw<ArgumentOutOfRangeException>();
        var range = () => new PercentileRange(60, 40);
        range.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*60 and 40*");
    }

    [Fact]
    public void Otsus_threshold_lies_between_two_groups()
    {
        OtsuThreshold.Of([1, 2, 3, 101, 102, 103]).Should().BeInRange(3, 101);
        OtsuThreshold.Of([0, 1]).Should().BeApproximately(0.5, 0.01);
        // By hand: of groups 0 ×6, 4 ×3, 10 ×1 the cut 0 | 4, 10 has between-class variance 6 · 4 · 5.5² / 100 = 7.26, the cut 0,
        // 4 | 10 has 9 · 1 · (26/3)² / 100 = 6.76.
        OtsuThreshold.Of([0, 0, 0, 0, 0, 0, 4, 4, 4, 10]).Should().BeInRange(0, 4);
        var flat = () => OtsuThreshold.Of([3, 3]);
        flat.Should().Throw<ArgumentException>().WithMessage("*two different values*");
    }

    private static bool Close(float a, float b) => Math.Abs(a - b) < 1e-5;

    private static Volume<float> Row(params float[] values) => new(new(new(values.Length, 1, 1)), values);
}
