using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Archetypes.Tests.Simplex;

public sealed class DirichletWeightsTests
{
    private const int Draws = 40_000;

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-40)]
    [InlineData(1e40)]
    [InlineData(1e300)]
    public void Concentrations_at_the_ends_are_vertices_or_the_middle_in_either_type(double concentration)
    {
        using var seed = SeedScope.Begin(3);
        using var scope = torch.NewDisposeScope();
        foreach (var type in new[] { torch.float32, torch.float64 })
        {
            var weights = DirichletWeights.Draw(50, 3, concentration, torch.zeros(1, dtype: type)).to(torch.float64);
            var largest = weights.amax([1L]).Values();
            largest.Should().OnlyContain(weight => Math.Abs(weight - (concentration < 1 ? 1 : 1.0 / 3)) < 1e-6);
            (weights.sum(1) - 1).abs().max().ToDouble().Should().BeLessThan(1e-6);
        }
    }

    [Theory]
    [InlineData(2, 1.0)]
    [InlineData(3, 0.5)]
    [InlineData(3, 0.7)]
    [InlineData(5, 0.05)]
    [InlineData(4, 30.0)]
    public void Mean_and_variance_are_those_of_the_distribution(int archetypes, double concentration)
    {
        using var seed = SeedScope.Begin(3);
        using var scope = torch.NewDisposeScope();
        var weights = DirichletWeights.Draw(Draws, archetypes, concentration);
        var (k, variance) = (archetypes, (archetypes - 1) / (archetypes * archetypes * ((archetypes * concentration) + 1)));
        var meanError = Math.Sqrt(variance / Draws);
        var squares = (weights - (1.0 / k)).square();
        var varianceError = squares.std(0).Values().Max() / Math.Sqrt(Draws);
        foreach (var (mean, spread) in weights.mean([0L]).Values().Zip(squares.mean([0L]).Values()))
        {
            mean.Should().BeApproximately(1.0 / k, 5 * meanError);
            spread.Should().BeApproximately(variance, 5 * varianceError);
        }
        weights.sum(-1).Values().Should().OnlyContain(sum => Math.Abs(sum - 1) < 1e-12);
        weights.min().ToDouble().Should().BeGreaterThanOrEqualTo(0);
    }

    // Γ(1e-4) is 0 in float64 for nearly all draws; nearly all rows are vertices.
    [Fact]
    public void A_tiny_concentration_gives_vertices_and_no_NaN()
    {
        using var seed = SeedScope.Begin(3);
        using var scope = torch.NewDisposeScope();
        var weights = DirichletWeights.Draw(1000, 4, 1e-4);
        weights.sum(-1).Values().Should().OnlyContain(sum => Math.Abs(sum - 1) < 1e-12);
        weights.max(-1).values.mean().ToDouble().Should().BeGreaterThan(0.99);
        weights.mean([0L]).Values().Should().OnlyContain(mean => Math.Abs(mean - 0.25) < 5 * Math.Sqrt(0.1875 / 1000));
    }

    [Fact]
    public void The_same_seed_gives_the_same_draws_in_the_type_asked_for()
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor Draw()
        {
            using var seed = SeedScope.Begin(5);
            return DirichletWeights.Draw(7, 3, 0.7, torch.zeros(1, dtype: torch.float32));
        }
        Draw().dtype.Should().Be(torch.float32);
        Draw().Values().Should().Equal(Draw().Values());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_concentration_that_is_not_above_0_is_refused(double concentration)
        => FluentActions.Invoking(() => DirichletWeights.Draw(2, 3, concentration)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*above 0*");

    [Theory]
    [InlineData(0, 3)]
    [InlineData(2, 1)]
    public void No_draws_and_one_archetype_are_refused(long count, int archetypes)
        => FluentActions.Invoking(() => DirichletWeights.Draw(count, archetypes)).Should().Throw<ArgumentOutOfRangeException>();
}
