namespace VaeToolkit.Archetypes.Tests.Simplex;

public sealed class DirichletPointsTests
{
    [Theory]
    [InlineData(2, 1.0)]
    [InlineData(3, 1.0)]
    [InlineData(3, 0.5)]
    [InlineData(4, 0.3)]
    [InlineData(6, 2.0)]
    [InlineData(3, 1e-10)]
    [InlineData(3, 1e-5)]
    [InlineData(3, 0.9e-4)]
    [InlineData(3, 1.1e-4)]
    [InlineData(4, 1e-3)]
    [InlineData(3, 0.01)]
    [InlineData(4, 1000)]
    [InlineData(3, 1e5)]
    [InlineData(4, 0.9e6)]
    [InlineData(4, 1.1e6)]
    [InlineData(4, 1e10)]
    [InlineData(3, 1e12)]
    [InlineData(4, 1e14)]
    [InlineData(3, 0.9e8)]
    [InlineData(3, 1e300)]
    [InlineData(3, double.Epsilon)]
    public void Their_mean_is_exact_and_their_variance_that_of_the_distribution(int archetypes, double concentration)
    {
        var points = DirichletPoints.Of(archetypes, concentration, 3000);
        var count = points.GetLength(0);
        count.Should().BeInRange(3000, 3000 + archetypes);
        var variance = (archetypes - 1) / (archetypes * archetypes * ((archetypes * concentration) + 1));
        for (var k = 0; k < archetypes; k++)
        {
            var column = Enumerable.Range(0, count).Select(i => points[i, k]).ToArray();
            column.Average().Should().BeApproximately(1.0 / archetypes, 1e-12);
            column.Average(value => Math.Pow(value - (1.0 / archetypes), 2)).Should().BeApproximately(variance, 0.01 * variance + 1e-32);
            column.Should().OnlyContain(value => value >= 0 && value <= 1);
        }
    }
}
