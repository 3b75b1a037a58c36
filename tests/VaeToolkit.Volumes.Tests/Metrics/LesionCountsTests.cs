namespace VaeToolkit.Volumes.Tests.Metrics;

public sealed class LesionCountsTests
{
    private static readonly VolumeSize s_row = new(12, 1, 1);

    [Fact]
    public void Lesions_are_counted_by_whether_they_are_hit()
    {
        // Truth: 0-1, 4-5, 9. Prediction: 1-4 (hits two), 7 (hits none).
        var truth = Masks.Of(s_row, (x, _, _) => x is 0 or 1 or 4 or 5 or 9);
        var prediction = Masks.Of(s_row, (x, _, _) => x is (>= 1 and <= 4) or 7);
        var counts = LesionCounts.Of(prediction, truth);
        counts.Should().Be(new LesionCounts(2, 1, 1, 1));
        counts.F1.Should().BeApproximately(2 / ((3 / 2.0) + 2), 1e-12);
        // The prediction 1-4 has IoU 1/5 with each of its two.
        LesionCounts.Of(prediction, truth, overlap: 0.2).Should().Be(counts);
        LesionCounts.Of(prediction, truth, overlap: 0.21).Should().Be(new LesionCounts(0, 3, 0, 2));
    }

    [Fact]
    public void Voxels_that_share_a_corner_are_one_lesion()
    {
        var mask = Masks.Of(VolumeSize.Cube(4), (x, y, z) => (x, y, z) is (1, 1, 1) or (2, 2, 2));
        ConnectedComponents.Of(mask).Sizes.Should().Equal(2);
        ConnectedComponents.Of(mask, Connectivity.Faces).Sizes.Should().Equal(1, 1);
        ConnectedComponents.Of(Masks.Empty(VolumeSize.Cube(2))).Largest().Values.ToArray().Should().NotContain(true);
    }

    [Theory]
    [InlineData(Connectivity.Faces)]
    [InlineData(Connectivity.Corners)]
    public void Components_are_the_classes_of_a_union_over_all_neighbours(Connectivity connectivity)
    {
        var mask = Masks.Random(9, connectivity == Connectivity.Faces ? 0.4 : 0.12, 7);
        var components = ConnectedComponents.Of(mask, connectivity);
        var points = Enumerable.Range(0, 729).Where(i => mask.Values[i]).ToList();
        components.Sizes.Sum().Should().Be(points.Count);
        var parent = points.ToDictionary(i => i, i => i);
        foreach (var a in points)
            foreach (var b in points.Where(b => b < a && Touch(a, b)))
                parent[Root(a)] = Root(b);
        foreach (var a in points)
            foreach (var b in points)
                (components.Numbers.Values[a] == components.Numbers.Values[b]).Should().Be(Root(a) == Root(b));

        int Root(int i) => parent[i] == i ? i : Root(parent[i]);

        bool Touch(int a, int b)
        {
            int[] steps = [Math.Abs((a % 9) - (b % 9)), Math.Abs((a / 9 % 9) - (b / 9 % 9)), Math.Abs((a / 81) - (b / 81))];
            return steps.Max() == 1 && (connectivity == Connectivity.Corners || steps.Sum() == 1);
        }
    }

    [Fact]
    public void Scores_without_anything_to_count_do_not_exist()
    {
        var (empty, full) = (Masks.Empty(s_row), Masks.Voxel(s_row, 2, 0, 0));
        LesionCounts.Of(empty, empty).F1.Should().Be(double.NaN);
        LesionCounts.Of(empty, full).F1.Should().Be(0);
        new LesionCounts(65536, 0, 65536, 0).F1.Should().Be(1);
        LesionCounts.Of(empty, full).Precision.Should().Be(double.NaN);
        LesionCounts.Of(full, empty).Sensitivity.Should().Be(double.NaN);
        var outside = () => LesionCounts.Of(full, full, overlap: 1.5);
        outside.Should().Throw<ArgumentOutOfRangeException>();
    }
}
