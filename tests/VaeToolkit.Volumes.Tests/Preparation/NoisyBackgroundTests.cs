namespace VaeToolkit.Volumes.Tests.Preparation;

/// <summary>Images with negative values whose background is noise.</summary>
public sealed class NoisyBackgroundTests
{
    private const int Edge = 40;
    private static readonly VoxelGrid s_grid = new(VolumeSize.Cube(Edge));

    // A body of 20 percent from the first slice to the last: muscle, with fat around it and bone inside.
    [Theory]
    [InlineData(10, null)]
    [InlineData(20, null)]
    [InlineData(30, null)]
    [InlineData(10, -2000f)]
    [InlineData(30, -2000f)]
    [InlineData(20, -3024f)]
    [InlineData(20, -1024f)]
    public void In_CT_noisy_air_and_padding_are_background_and_the_body_is_not(double noise, float? padding)
    {
        var (image, body) = Ct(noise, padding);
        body.Data.Count(inside => inside).Should().BeCloseTo((int)(0.2 * s_grid.Size.Count), 1500);
        var scaled = new ZScore { Limit = double.PositiveInfinity }.Apply(image);
        // Of 6 deviations of noise none is outside; and scaling is what it is over the body alone.
        var over = new ZScore { Limit = double.PositiveInfinity }.Apply(image, body).Image;
        scaled.Image.Values.ToArray().Should().Equal(over.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        scaled.Warning.Should().StartWith("ct.nii: channel 0 has values below 0, and no mask says what is foreground: noise about -")
            .And.Contain($"in {body.Data.Count(inside => !inside)} of {s_grid.Size.Count} voxels was taken for background")
            .And.Match(text => text.Contains($"with padding of {padding}, ") == padding.HasValue);
    }

    [Fact]
    public void Air_that_was_clipped_is_background_beside_padding_or_without()
    {
        var (image, body) = Ct(noise: 0, padding: null);
        var scaled = new ZScore().Apply(image);
        scaled.Image.Values.ToArray().Select(value => value != 0).Should().Equal(body.Data);
        scaled.Warning.Should().Contain(": -1000, the value of");
        var (padded, inside) = Ct(noise: 0, padding: -2000);
        new ZScore().Apply(padded).Image.Values.ToArray().Select(value => value != 0).Should().Equal(inside.Data);
    }

    [Fact]
    public void A_body_in_clipped_air_is_not_parted_again()
    {
        // Air is -1000 everywhere, lungs of -850 ± 20 touch it: no noise, but tissue.
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, (int)s_grid.Size.Count).Select(i => Distance(i) switch
        {
            < 5 => 40f,
            < 10 => (float)(-850 + Normal(random, 20)),
            _ => -1000f,
        })];
        var scaled = new ZScore().Apply(new(s_grid, values));
        scaled.Image.Values.ToArray().Select(value => value != 0).Should().Equal(values.Select(value => value != -1000));
    }

    [Theory]
    [InlineData(BrainContrast.T1)]
    [InlineData(BrainContrast.Flair)]
    public void A_standardised_brain_is_standardised_to_itself_also_where_the_volume_is_cropped_to_it(BrainContrast contrast)
    {
        for (var seed = 1; seed <= 6; seed++)
        {
            var phantom = BrainPhantom.Create(seed, VolumeSize.Cube(24), BrainLesion.Tumour, contrast, new() { SkullStripped = true });
            var once = new ZScore { Limit = double.PositiveInfinity }.Apply(phantom.Image).Image;
            foreach (var image in new[] { once, Cropping.Extract(once, Cropping.NonZeroBox(once, 0)) })
            {
                var twice = new ZScore { Limit = double.PositiveInfinity }.Apply(image).Image;
                twice.Values.ToArray().Should().Equal(image.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
            }
        }
    }

    [Fact]
    public void A_window_of_a_standardised_brain_has_no_background()
    {
        var phantom = BrainPhantom.Create(5, VolumeSize.Cube(40), BrainLesion.Tumour, options: new() { SkullStripped = true });
        var once = new ZScore().Apply(phantom.Image).Image;
        var window = Cropping.Extract(once, new(14, 14, 16, VolumeSize.Cube(10)));
        new ZScore().Apply(window).Warning.Should().EndWith("so every voxel was taken for foreground.");
    }

    [Fact]
    public void A_standardised_head_in_noise_keeps_its_background()
    {
        // Magnitudes: Rayleigh noise about the head, standardised over all voxels.
        var random = new Random(4);
        float[] values = [.. Enumerable.Range(0, (int)s_grid.Size.Count).Select(i => Distance(i) < 12 ? 300 + (float)Normal(random, 40)
            : (float)Math.Sqrt(Math.Pow(Normal(random, 8), 2) + Math.Pow(Normal(random, 8), 2)))];
        var mean = values.Average(value => (double)value);
        var deviation = Math.Sqrt(values.Average(value => Math.Pow(value - mean, 2)));
        var scaled = new ZScore().Apply(new(s_grid, [.. values.Select(value => (float)((value - mean) / deviation))]));
        scaled.Image.Values.ToArray().Select(value => value != 0)
            .Should().Equal(Enumerable.Range(0, values.Length).Select(i => Distance(i) < 12));
    }

    [Fact]
    public void CT_with_noisy_air_is_cropped_to_the_body_and_padded_with_air()
    {
        var random = new Random(6);
        float[] values = [.. Enumerable.Range(0, (int)s_grid.Size.Count)
            .Select(i => (float)((Distance(i) < 8 && s_grid.Place(i).Z is > 9 and < 30 ? 40 : -1000) + Normal(random, 20)))];
        var item = new VolumeCase("ct", new(s_grid, values));
        var prepared = new Preprocessing { CropMargin = 0, Size = new(20, 20, 24), Scaling = null }.Apply(item);
        new Preprocessing { CropMargin = 0, Scaling = null }.Apply(item).Image.Size.Should().Be(new VolumeSize(16, 16, 20));
        prepared.Image[0, 0, 0].Should().BeApproximately(-1000, 1);
    }

    private static (Volume<float> Image, Volume<bool> Body) Ct(double noise, float? padding)
    {
        var random = new Random(1);
        var (values, body) = (new float[s_grid.Size.Count], new bool[s_grid.Size.Count]);
        for (var i = 0; i < values.Length; i++)
        {
            var distance = Distance(i);
            body[i] = distance < 10;
            var tissue = distance < 3 ? 700 : distance < 8 ? 40 : -100;
            var air = padding is { } value && distance > Edge / 2 ? value : (float)(-1000 + (noise == 0 ? 0 : Normal(random, noise)));
            values[i] = body[i] ? (float)(tissue + Normal(random, 15)) : air;
        }
        return (new(s_grid, values, name: "ct.nii"), new(s_grid, body));
    }

    private static double Normal(Random random, double deviation)
        => deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>The distance from the volume's long axis.</summary>
    private static double Distance(int index)
    {
        var (x, y, _) = s_grid.Place(index);
        return Math.Sqrt(Math.Pow(x - ((Edge - 1) / 2.0), 2) + Math.Pow(y - ((Edge - 1) / 2.0), 2));
    }
}
