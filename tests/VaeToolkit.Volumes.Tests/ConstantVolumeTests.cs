namespace VaeToolkit.Volumes.Tests;

/// <summary>What rounding left of a constant image has no spread to be divided by, whatever its size.</summary>
public sealed class ConstantVolumeTests
{
    private static readonly VoxelGrid s_grid = new(VolumeSize.Cube(16));

    [Theory]
    [InlineData(7f)]
    [InlineData(-1000f)]
    [InlineData(3e-6f)]
    public void An_image_of_one_number_is_scaled_to_0_aligned_with_nothing_and_augmented_to_itself(float value)
    {
        var image = new Volume<float>(s_grid, [.. Enumerable.Range(0, 4096).Select(i => i % 5 == 0 ? MathF.BitIncrement(value) : value)]);
        foreach (var scaling in new IntensityScaling[] { new ZScore { Threshold = -1e9f }, new PercentileRange { Threshold = -1e9f } })
        {
            var scaled = scaling.Apply(image);
            scaled.Image.Values.ToArray().Should().OnlyContain(voxel => voxel == 0);
            scaled.Warning.Should().Contain("fewer than two values");
        }
        FluentActions.Invoking(() => VolumeAlignment.ToTemplate(image, image)).Should().Throw<ArgumentException>()
            .WithMessage("*has only one value, so there is nothing to align*");
        FluentActions.Invoking(() => BrainMask.Estimate(image)).Should().Throw<ArgumentException>()
            .WithMessage("*has no structure in which to look for a brain*");
        var augmentation = new Augmentation(new() { RotationDegrees = 0, Scaling = 0, Shift = 0 });
        augmentation.Apply(new VolumeCase("one", image), seed: 3).Image.Values.ToArray().Should().Equal(image.Values.ToArray());
    }

    [Fact]
    public void Percentiles_that_differ_by_rounding_are_no_range()
    {
        // 99 of 100 voxels are 0.1 but for rounding; the other makes the range.
        float[] values = [.. Enumerable.Range(0, 100).Select(i => i == 0 ? 1.1f : i % 2 == 0 ? 0.1f : MathF.BitIncrement(0.1f))];
        var scaled = new PercentileRange(5, 95).Apply(new(new(new(100, 1, 1)), values)).Image.Values.ToArray();
        scaled[0].Should().BeApproximately(1, 1e-6f);
        scaled[1..].Should().OnlyContain(voxel => voxel < 1e-6f);
    }

    [Theory]
    [InlineData(AlignmentSimilarity.CrossCorrelation)]
    [InlineData(AlignmentSimilarity.MutualInformation)]
    public void An_overlap_of_one_number_has_no_better_direction(AlignmentSimilarity similarity)
    {
        var flat = new float[64];
        Array.Fill(flat, 0.1f);
        float[] varied = [.. Enumerable.Range(0, 64).Select(i => (float)(i % 5))];
        foreach (var (template, image) in new[] { (flat, varied), (varied, flat), (flat, flat) })
        {
            SimilarityLoss loss = similarity == AlignmentSimilarity.CrossCorrelation ? new CorrelationLoss(template)
                : new InformationLoss(template, image);
            var gradient = new double[64];
            loss.Evaluate(Array.ConvertAll(image, value => (double)value), gradient).Should().BeApproximately(
                similarity == AlignmentSimilarity.CrossCorrelation ? 1 : 0, 1e-12);
            gradient.Should().OnlyContain(slope => Math.Abs(slope) < 1e-12);
        }
    }
}
