namespace VaeToolkit.Archetypes.Tests.Simplex;

public sealed class VertexMatchTests
{
    [Fact]
    public void Rows_in_another_order_are_found_again()
    {
        var sought = new double[,] { { 0, 0 }, { 1, 0 }, { 0, 5 } };
        var found = new double[,] { { 0.1, 5 }, { 0, 0 }, { 1, 0.2 } };
        var match = VertexMatch.Of(found, sought);
        match.Found.Should().Equal(1, 2, 0);
        match.Distances.Zip([0, 0.2, 0.1]).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-12);
        match.LargestDistance.Should().BeApproximately(0.2, 1e-12);
    }

    [Theory]
    [InlineData(1e200)]
    [InlineData(1e307)]
    [InlineData(1e-200)]
    [InlineData(1e-307)]
    public void Values_of_any_size_are_matched_as_those_of_size_one(double unit)
    {
        var sought = new double[,] { { 0, 0 }, { unit, 0 }, { 0, 5 * unit } };
        var found = new double[,] { { unit / 8, 5 * unit }, { 0, 0 }, { unit, unit / 4 } };
        var match = VertexMatch.Of(found, sought);
        match.Found.Should().Equal(1, 2, 0);
        match.Distances.Zip([0, 0.25, 0.125]).Should().OnlyContain(pair => Math.Abs(pair.First / unit - pair.Second) < 1e-12);
        VertexMatch.Of(new double[,] { { 1.7e308 }, { -1.7e308 } }, new double[,] { { -1.7e308 }, { 1.7e308 } }).Found.Should().Equal(1, 0);
    }

    // Greedy takes the pair at distance 0.9 first and is left with one at 3.1.
    [Fact]
    public void The_sum_is_the_smallest_where_taking_the_nearest_first_is_not()
        => VertexMatch.Of(new double[,] { { 1 }, { 3 } }, new double[,] { { 1.9 }, { -0.1 } }).Found.Should().Equal(1, 0);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(7)]
    public void The_assignment_is_that_of_all_permutations(int size)
    {
        var random = new Random(size);
        for (var trial = 0; trial < 20; trial++)
        {
            var costs = new double[size, size];
            for (var i = 0; i < size; i++)
            {
                for (var j = 0; j < size; j++)
                    costs[i, j] = trial % 2 == 0 ? random.NextDouble() : random.Next(3);
            }
            var assigned = Assignment.Of(costs);
            assigned.Order().Should().Equal(Enumerable.Range(0, size));
            var best = Permutations([.. Enumerable.Range(0, size)]).Min(order => order.Select((j, i) => costs[i, j]).Sum());
            assigned.Select((j, i) => costs[i, j]).Sum().Should().BeApproximately(best, 1e-12);
        }
    }

    [Fact]
    public void Shapes_that_differ_and_NaN_are_refused()
    {
        FluentActions.Invoking(() => VertexMatch.Of(new double[2, 3], new double[3, 3])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => VertexMatch.Of(new double[2, 3], new double[2, 2])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => VertexMatch.Of(new double[0, 3], new double[0, 3])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => VertexMatch.Of(new double[,] { { 1, double.NaN } }, new double[1, 2])).Should()
            .Throw<ArgumentException>().WithMessage("*row 0, column 1*");
    }

    private static IEnumerable<int[]> Permutations(int[] items)
        => items.Length <= 1 ? [items] : items.SelectMany(
            first => Permutations([.. items.Where(item => item != first)]).Select(rest => (int[])[first, .. rest]));
}
