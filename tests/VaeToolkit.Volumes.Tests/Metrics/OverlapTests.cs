namespace VaeToolkit.Volumes.Tests.Metrics;

public sealed class OverlapTests
{
    [Fact]
    public void Counts_give_the_scores_by_hand()
    {
        var counts = new OverlapCounts(6, 2, 4, 88);
        (counts.Dice, counts.IntersectionOverUnion, counts.Precision, counts.Sensitivity).Should().Be((12 / 18.0, 0.5, 0.75, 0.6));
        (counts.Specificity, counts.RelativeVolumeDifference).Should().Be((88 / 90.0, -0.2));
        counts.IntersectionOverUnion.Should().BeApproximately(counts.Dice / (2 - counts.Dice), 1e-15);
        (counts + counts).Should().Be(new OverlapCounts(12, 4, 8, 176));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    public void A_cube_shifted_by_one_voxel_has_Dice_one_less_than_its_edge_over_its_edge(int edge)
    {
        OverlapCounts.Of(Masks.Cube(edge, shift: 1), Masks.Cube(edge)).Dice.Should().BeApproximately((edge - 1.0) / edge, 1e-15);
    }

    [Fact]
    public void Random_masks_count_as_by_hand()
    {
        var (prediction, truth) = (Masks.Random(12, 0.3, 1), Masks.Random(12, 0.4, 2));
        var pairs = prediction.Values.ToArray().Zip(truth.Values.ToArray()).ToList();
        OverlapCounts.Of(prediction, truth).Should().Be(new OverlapCounts(
            pairs.Count(pair => pair == (true, true)), pairs.Count(pair => pair == (true, false)),
            pairs.Count(pair => pair == (false, true)), pairs.Count(pair => pair == (false, false))));
    }

    [Fact]
    public void Empty_masks_are_perfect_or_left_out_and_one_empty_mask_scores_nothing()
    {
        var (empty, full) = (Masks.Empty(VolumeSize.Cube(5)), Masks.Cube(1));
        var perfect = SegmentationScores.Of(empty, empty);
        new[] { perfect.Dice, perfect.IntersectionOverUnion, perfect.Precision, perfect.Sensitivity, perfect.LesionF1,
            perfect.SurfaceDice }.Should().OnlyContain(score => score == 1);
        (perfect.Hausdorff95, perfect.AverageSurfaceDistance, perfect.RelativeVolumeDifference).Should().Be((0, 0, 0));
        SegmentationScores.Of(empty, empty, new() { EmptyMasks = EmptyMasks.LeftOut }).Dice.Should().Be(double.NaN);
        foreach (var scores in new[] { SegmentationScores.Of(empty, full), SegmentationScores.Of(full, empty) })
        {
            (scores.Dice, scores.IntersectionOverUnion, scores.SurfaceDice, scores.LesionF1).Should().Be((0, 0, 0, 0));
            (scores.Hausdorff95, scores.AverageSurfaceDistance).Should().Be((double.PositiveInfinity, double.PositiveInfinity));
        }
        SegmentationScores.Of(empty, full).Precision.Should().Be(double.NaN);
        SegmentationScores.Of(full, empty).RelativeVolumeDifference.Should().Be(double.PositiveInfinity);
    }

    [Fact]
    public void Volumes_are_millilitres_by_spacing()
    {
        var truth = Masks.Of(VolumeSize.Cube(10), (x, _, _) => x < 5, new(2, 2, 2.5));
        var scores = SegmentationScores.Of(Masks.Of(VolumeSize.Cube(10), (x, _, _) => x < 6, new(2, 2, 2.5)), truth.Named("case 7"));
        (scores.TrueMillilitres, scores.PredictedMillilitres, scores.Name).Should().Be((5, 6, "case 7"));
        scores.RelativeVolumeDifference.Should().BeApproximately(0.2, 1e-12);
    }

    [Fact]
    public void Classes_are_counted_one_against_the_others()
    {
        var grid = new VoxelGrid(new(6, 1, 1));
        var matrix = ConfusionMatrix.Of(new(grid, [0, 1, 2, 2, 1, 0]), new(grid, [0, 1, 2, 1, 1, 2]), classes: 3);
        (matrix[1, 2], matrix[2, 0], matrix[1, 1]).Should().Be((1, 1, 2));
        matrix.Of(1).Should().Be(new OverlapCounts(2, 0, 1, 3));
        matrix.Of(2).Should().Be(new OverlapCounts(1, 1, 1, 3));
        var wrong = () => ConfusionMatrix.Of(new(grid, [0, 1, 2, 3, 1, 0]), new(grid, new int[6]), classes: 3);
        wrong.Should().Throw<ArgumentException>().WithMessage("*voxel 3 has label 3*0 to 2*");
    }

    [Fact]
    public void Masks_on_different_grids_are_refused()
    {
        var shapes = () => OverlapCounts.Of(Masks.Cube(3), Masks.Cube(4));
        shapes.Should().Throw<ArgumentException>().WithMessage("*one grid*7 x 7 x 7*8 x 8 x 8*");
        var maps = () => SegmentationScores.Of(Masks.Empty(VolumeSize.Cube(3)), Masks.Empty(VolumeSize.Cube(3), new(1, 1, 2)));
        maps.Should().Throw<ArgumentException>().WithMessage("*one grid*");
    }

    [Fact]
    public void A_summary_is_over_volumes_and_counts_what_it_leaves_out()
    {
        var summary = ScoreSummary.Of([1, 2, 6, double.NaN, double.PositiveInfinity, 3]);
        (summary.Count, summary.Mean, summary.Median, summary.LeftOut, summary.Infinite).Should().Be((4, 3, 2.5, 1, 1));
        summary.StandardDeviation.Should().BeApproximately(Math.Sqrt(14 / 3.0), 1e-12);
        summary.StandardError.Should().BeApproximately(Math.Sqrt(14 / 3.0) / 2, 1e-12);
        summary.ToString().Should().Be("3.000 ± 1.080 (n = 4, 1 left out, 1 infinite)");
        ScoreSummary.Of([]).Mean.Should().Be(double.NaN);
    }

    [Theory]
    [InlineData(1e200)]
    [InlineData(1e-200)]
    [InlineData(2e307)]
    public void A_summary_is_in_the_scores_unit_whatever_it_is(double unit)
    {
        var summary = ScoreSummary.Of([1 * unit, 2 * unit, 6 * unit, 3 * unit]);
        (summary.Mean / unit).Should().BeApproximately(3, 1e-14);
        (summary.Median / unit).Should().BeApproximately(2.5, 1e-14);
        (summary.StandardError / unit).Should().BeApproximately(Math.Sqrt(14 / 3.0) / 2, 1e-14);
    }
}
