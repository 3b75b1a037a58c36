namespace VaeToolkit.Volumes.Tests.Preparation;

/// <summary>Images whose sign does not tell background from foreground.</summary>
public sealed class BackgroundTests
{
    [Theory]
    [InlineData(-1000f, -100f, 40f, 60f)]
    [InlineData(-1000f, -1000f, -100f, 40f, 60f)]
    [InlineData(-1000f, -100f, 0f, 40f, 60f)]
    public void In_CT_air_is_background_and_fat_is_not(params float[] values)
    {
        var scaled = new ZScore().Apply(Row(values).Named("ct.nii"));
        var tissue = values.Where(value => value > -1000).Select(value => (double)value).ToArray();
        var (mean, deviation) = (tissue.Average(), Math.Sqrt(tissue.Average(value => value * value) - Math.Pow(tissue.Average(), 2)));
        scaled.Image.Values.ToArray().Should().Equal(
            values.Select(value => value > -1000 ? (float)((value - mean) / deviation) : 0), (a, b) => Math.Abs(a - b) < 1e-5);
        scaled.Warning.Should().Be($"ct.nii: channel 0 has values below 0, and no mask says what is foreground: -1000, the value of "
            + $"{values.Count(value => value == -1000)} of {values.Length} voxels, was taken for background and the rest for foreground.");
    }

    [Fact]
    public void A_standardised_brain_is_standardised_to_itself()
    {
        var phantom = BrainPhantom.Create(3, VolumeSize.Cube(24), BrainLesion.Tumour, options: new() { SkullStripped = true });
        var once = new ZScore { Limit = double.PositiveInfinity }.Apply(phantom.Image);
        once.Warning.Should().BeNull();
        var twice = new ZScore { Limit = double.PositiveInfinity }.Apply(once.Image);
        twice.Image.Values.ToArray().Should().Equal(once.Image.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
        twice.Warning.Should().Contain(": 0, the value of");
    }

    [Theory]
    [InlineData(-500f)]
    [InlineData(-2000f)]
    public void A_shift_of_all_values_changes_nothing(float shift)
    {
        var image = new Volume<float>(new(VolumeSize.Cube(4)), [.. Enumerable.Range(0, 64).Select(i => i % 3 == 0 ? 0f : 2 * i)]);
        foreach (var scaling in new IntensityScaling[] { new ZScore(), new PercentileRange() })
            scaling.Apply(image.Select(value => value + shift)).Image.Values.ToArray()
                .Should().Equal(scaling.Apply(image).Image.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Where_no_value_stands_out_every_voxel_is_foreground()
    {
        float[] values = [.. Enumerable.Range(0, 100).Select(i => i - 40.5f)];
        var scaled = new ZScore().Apply(Row(values));
        scaled.Image.Values.ToArray().Should().BeInAscendingOrder().And.NotContain(0);
        scaled.Image.Values.ToArray().Sum().Should().BeApproximately(0, 1e-4f);
        scaled.Warning.Should().EndWith("no value stands out as background, so every voxel was taken for foreground.");
    }

    [Fact]
    public void The_most_frequent_tissue_is_no_background()
    {
        // A row that is mostly muscle; and a body of muscle in air, with padding below the air in one corner.
        new ZScore().Apply(Row(-1000, -1000, 40, 40, 40, 60)).Image.Values.ToArray()[..2].Should().Equal(0, 0);
        var grid = new VoxelGrid(VolumeSize.Cube(10));
        float[] values = [.. Enumerable.Range(0, 1000).Select(i => new[] { i % 10, i / 10 % 10, i / 100 } switch
        {
            var place when place.Min() == 0 || place.Max() == 9 => i == 0 ? -2000f : -1000f,
            [> 3, > 3, > 3] => -100f,
            _ => 40f,
        })];
        var scaled = new ZScore().Apply(new(grid, values));
        scaled.Warning.Should().Contain(": -1000, the value of 487 of 1000 voxels");
        (scaled.Image[1, 1, 1], scaled.Image[5, 5, 5], scaled.Image[9, 5, 5]).Should().Match<(float Muscle, float Fat, float Air)>(
            found => found.Muscle > 0 && found.Fat < 0 && found.Air == 0);
    }

    [Fact]
    public void A_mask_or_a_threshold_says_what_is_foreground_without_a_warning()
    {
        var image = Row(-1000, -100, 40, 60);
        var masked = new ZScore().Apply(image, new(image.Grid, [false, true, true, true]));
        masked.Image.Values.ToArray().Should().Equal(new ZScore().Apply(image).Image.Values.ToArray());
        masked.Warning.Should().BeNull();
        var above = new ZScore { Threshold = 0 }.Apply(image);
        above.Image.Values.ToArray().Should().Equal(0, 0, -1, 1);
        above.Warning.Should().BeNull();
    }

    [Fact]
    public void Channels_have_backgrounds_of_their_own()
    {
        var image = new Volume<float>(new(new(4, 1, 1)), [0, 0, 5, 7, -9, -9, 1, 3], channels: 2);
        var scaled = new ZScore().Apply(image);
        scaled.Image.Values.ToArray().Should().Equal([0, 0, -1, 1, 0, 0, -1, 1], (a, b) => Math.Abs(a - b) < 1e-6);
        scaled.Warning.Should().Contain("channel 1").And.NotContain("channel 0");
    }

    [Fact]
    public void What_rounding_left_of_a_constant_is_a_constant()
    {
        var scaled = new ZScore().Apply(Row(7, MathF.BitIncrement(7), MathF.BitDecrement(7), 7));
        scaled.Image.Values.ToArray().Should().OnlyContain(value => value == 0);
        scaled.Warning.Should().Contain("fewer than two values");
    }

    [Fact]
    public void CT_is_cropped_to_what_is_not_air_and_padded_with_air()
    {
        var grid = new VoxelGrid(VolumeSize.Cube(8));
        float[] values = [.. Enumerable.Repeat(-1000f, 512)];
        for (var i = 0; i < 8; i++)
            values[grid.Index(3 + (i % 2), 3 + (i / 2 % 2), 3 + (i / 4))] = i;
        var item = new VolumeCase("ct", new(grid, values));
        var cropped = new Preprocessing { CropMargin = 1, Scaling = null }.Apply(item);
        cropped.Image.Size.Should().Be(VolumeSize.Cube(4));
        var padded = new Preprocessing { CropMargin = 1, Size = VolumeSize.Cube(6), Scaling = null }.Apply(item);
        padded.Image[0, 0, 0].Should().Be(-1000);
        var scaled = new Preprocessing { CropMargin = 0, Size = VolumeSize.Cube(6) }.Apply(item).Image;
        (scaled[0, 0, 0], scaled.Values.ToArray().Count(value => value != 0)).Should().Be((0, 8));
        // Mean 3.5, population deviation √5.25.
        scaled[2, 2, 2].Should().BeApproximately((float)(-3.5 / Math.Sqrt(5.25)), 1e-5f);
    }

    [Fact]
    public void A_brain_is_found_in_a_shifted_head()
    {
        var phantom = BrainPhantom.Create(1, VolumeSize.Cube(32), BrainLesion.Tumour);
        var shifted = BrainMask.Estimate(phantom.Image.Select(value => value - 500));
        OverlapCounts.Of(shifted, BrainMask.Estimate(phantom.Image)).Dice.Should().BeGreaterThan(0.98);
    }

    private static Volume<float> Row(params float[] values) => new(new(new(values.Length, 1, 1)), values);
}
