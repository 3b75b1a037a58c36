namespace VaeToolkit.Archetypes.Tests.Linear;

public sealed class HullProjectionTests
{
    // The nearest point is the nearest of some face's affine hull with weights of at least 0: all faces are tried.
    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 2)]
    [InlineData(6, 3)]
    [InlineData(8, 4)]
    public void It_is_the_nearest_of_all_faces(int count, int dimension)
    {
        var random = new Random((10 * count) + dimension);
        for (var trial = 0; trial < 30; trial++)
        {
            var points = Draw(random, count, dimension);
            // Points that stand twice, and three on a line, leave active sets dependent.
            if (trial % 3 == 1)
                points[^1] = (double[])points[0].Clone();
            if (trial % 3 == 2 && count > 2)
                points[2] = [.. points[0].Zip(points[1], (a, b) => (0.3 * a) + (0.7 * b))];
            double[] target = [.. Draw(random, 1, dimension)[0].Select(value => value * (trial % 2 == 0 ? 0.5 : 4))];
            var nearest = HullProjection.Of(points, target);
            RequireMixture(nearest, points);
            var found = CentredRows.SquaredDistance(nearest.Point, target);
            found.Should().BeApproximately(ByEnumeration(points, target), 1e-10);
        }
    }

    [Fact]
    public void A_point_inside_is_itself_and_a_point_of_the_set_too()
    {
        double[][] points = [[0, 0], [4, 0], [0, 3], [1, 1]];
        HullProjection.Of(points, [1, 0.5]).Point.Zip([1, 0.5]).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-12);
        HullProjection.Of(points, [4, 0]).Weights.Should().Equal(0, 1, 0, 0);
        HullProjection.Of([[2, 2]], [9, 9]).Point.Should().Equal(2, 2);
    }

    // No point may be further on the target's side: that is enough in any dimension.
    [Fact]
    public void Among_many_points_none_is_further_on_the_targets_side_from_any_start()
    {
        var random = new Random(5);
        var points = Draw(random, 400, 30);
        for (var trial = 0; trial < 10; trial++)
        {
            double[] target = [.. Draw(random, 1, 30)[0].Select(value => value * trial / 2)];
            var cold = HullProjection.Of(points, target);
            var start = HullProjection.Of(points, Draw(random, 1, 30)[0]).Weights;
            var warm = HullProjection.Of(points, target, start);
            foreach (var answer in new[] { cold, warm })
            {
                RequireMixture(answer, points);
                var direction = target.Zip(answer.Point, (a, b) => a - b).ToArray();
                points.Max(point => CentredRows.Dot(direction, point)).Should()
                    .BeLessThanOrEqualTo(CentredRows.Dot(direction, answer.Point) + 1e-9);
            }
            warm.Point.Zip(cold.Point).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
        }
    }

    [Theory]
    [InlineData(1e7)]
    [InlineData(1e15)]
    [InlineData(1e20)]
    [InlineData(1e100)]
    [InlineData(1e200)]
    [InlineData(1e280)]
    public void A_target_far_out_has_the_point_furthest_on_its_side(double far)
    {
        var random = new Random(8);
        for (var trial = 0; trial < 20; trial++)
        {
            var points = Draw(random, 12, 3);
            var direction = Draw(random, 1, 3)[0];
            var furthest = points.Select(point => CentredRows.Dot(point, direction)).ToList();
            var vertex = furthest.IndexOf(furthest.Max());
            var expected = points.Select((_, i) => i == vertex ? 1.0 : 0).ToArray();
            HullProjection.Of(points, [.. direction.Select(value => value * far)]).Weights.Should().Equal(expected);
        }
        // Straight over an edge, and over the middle of a side, what lies along it counts still.
        double[][] corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, -1]];
        var edge = HullProjection.Of(corners, [0.25, -far, 0]).Weights;
        edge.Zip([0.75, 0.25, 0, 0]).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-9);
        var side = HullProjection.Of(corners, [0.25, 0.5, far]).Weights;
        side.Zip([0.25, 0.25, 0.5, 0]).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-9);
    }

    private static void RequireMixture(HullPoint answer, double[][] points)
    {
        answer.Weights.Should().OnlyContain(weight => weight >= 0);
        answer.Weights.Sum().Should().BeApproximately(1, 1e-12);
        for (var j = 0; j < answer.Point.Length; j++)
            points.Select((point, i) => point[j] * answer.Weights[i]).Sum().Should().BeApproximately(answer.Point[j], 1e-12);
    }

    private static double ByEnumeration(double[][] points, double[] target)
    {
        var best = double.PositiveInfinity;
        for (var set = 1; set < 1 << points.Length; set++)
        {
            var chosen = Enumerable.Range(0, points.Length).Where(i => (set >> i & 1) == 1).ToList();
            if (chosen.Count > target.Length + 1 || AffineHull.Nearest(points, chosen, target) is not { } weights
                || weights.Min() < -1e-12)
                continue;
            double[] point = [.. target.Select((_, j) => chosen.Select((i, a) => points[i][j] * weights[a]).Sum())];
            best = Math.Min(best, CentredRows.SquaredDistance(point, target));
        }
        return best;
    }

    private static double[][] Draw(Random random, int count, int dimension)
        => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, dimension).Select(_ => (2 * random.NextDouble()) - 1).ToArray())];
}
