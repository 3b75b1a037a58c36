namespace VaeToolkit.Archetypes.Tests.Simplex;

public sealed class ArchetypeSimplexTests
{
    private const double Rounding = 1e-12;

    public static TheoryData<int> Counts => [.. Enumerable.Range(2, 19)];

    [Theory]
    [MemberData(nameof(Counts))]
    public void Vertices_have_norm_one_sum_zero_and_equal_dot_products(int count)
    {
        var simplex = new ArchetypeSimplex(count);
        var rows = Rows(simplex.Vertices());
        rows.Should().HaveCount(count).And.OnlyContain(row => row.Length == count - 1);
        for (var j = 0; j < count - 1; j++)
            rows.Sum(row => row[j]).Should().BeApproximately(0, Rounding);
        for (var a = 0; a < count; a++)
        {
            for (var b = 0; b < count; b++)
            {
                Dot(rows[a], rows[b]).Should().BeApproximately(a == b ? 1 : -1.0 / (count - 1), Rounding);
                if (a != b)
                    Math.Sqrt(Dot(Less(rows[a], rows[b]), Less(rows[a], rows[b]))).Should().BeApproximately(simplex.EdgeLength, Rounding);
            }
        }
    }

    [Fact]
    public void Two_vertices_are_the_ends_of_a_segment()
        => new ArchetypeSimplex(2).Vertices().Cast<double>().Should().BeEquivalentTo([1.0, -1.0]);

    [Fact]
    public void An_edge_of_a_triangle_is_the_root_of_three()
        => new ArchetypeSimplex(3).EdgeLength.Should().BeApproximately(Math.Sqrt(3), Rounding);

    [Fact]
    public void The_caller_has_a_copy()
    {
        var simplex = new ArchetypeSimplex(3);
        simplex.Vertices()[0, 0] = 7;
        simplex.Vertices()[0, 0].Should().NotBe(7);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-3)]
    public void Fewer_than_two_are_refused(int count)
        => FluentActions.Invoking(() => new ArchetypeSimplex(count)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*at least 2*");

    private static double[][] Rows(double[,] matrix)
        => [.. Enumerable.Range(0, matrix.GetLength(0)).Select(
            i => Enumerable.Range(0, matrix.GetLength(1)).Select(j => matrix[i, j]).ToArray())];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Less(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];
}
