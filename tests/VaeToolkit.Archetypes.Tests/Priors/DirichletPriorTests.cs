using MathNet.Numerics;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Archetypes.Tests.Priors;

public sealed class DirichletPriorTests
{
    // ∫ N(t; m, s²) over m uniform on [−1, 1].
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.3)]
    [InlineData(0.1)]
    public void On_a_segment_the_density_is_a_difference_of_normal_distribution_functions(double noise)
    {
        using var scope = torch.NewDisposeScope();
        using var prior = Prior(2, new() { NoiseScale = noise });
        double[] at = [-2, -1.2, -1, -0.4, 0, 0.7, 1, 1.3];
        var exact = at.Select(Math.Abs).Select(t => Math.Log((Phi((1 - t) / noise) - Phi((-1 - t) / noise)) / 2)).ToArray();
        RequireClose(prior.LogProb(torch.tensor(at).unsqueeze(-1)), exact, 0.01);
    }

    [Theory]
    [InlineData(1.0, 1.0, 1e-3)]
    [InlineData(1.0, 0.3, 5e-3)]
    [InlineData(1.0, 0.1, 0.05)]
    [InlineData(2.0, 0.3, 5e-3)]
    [InlineData(0.5, 0.3, 0.02)]
    public void On_a_triangle_the_density_is_the_average_over_the_simplex(double concentration, double noise, double tolerance)
    {
        using var scope = torch.NewDisposeScope();
        using var prior = Prior(3, new() { Concentration = concentration, NoiseScale = noise });
        var vertices = prior.Simplex.Vertices();
        double[][] at = [[0, 0], [0.2, -0.3], [vertices[0, 0], vertices[0, 1]], [vertices[2, 0], vertices[2, 1]], [-0.6, 0.4], [0.1, 0.6]];
        var exact = at.Select(t => Math.Log(Quadrature(t, vertices, concentration, noise))).ToArray();
        RequireClose(prior.LogProb(torch.tensor(at.SelectMany(t => t).ToArray()).reshape(-1, 2)), exact, tolerance);
    }

    [Theory]
    [InlineData(4, 1.0, 1.0)]
    [InlineData(4, 0.6, 0.5)]
    [InlineData(7, 1.0, 0.7)]
    public void In_more_dimensions_it_is_the_average_over_many_draws(int archetypes, double concentration, double noise)
    {
        using var seed = SeedScope.Begin(11);
        using var scope = torch.NewDisposeScope();
        using var prior = Prior(archetypes, new() { Concentration = concentration, NoiseScale = noise, Points = 4096 });
        const int Draws = 200_000;
        var centres = DirichletWeights.Draw(Draws, archetypes, concentration).mm(torch.tensor(prior.Simplex.Vertices()));
        var at = prior.Sample(6).to(torch.float64);
        var logDensities = prior.LogProb(at).Values();
        for (var i = 0; i < 6; i++)
        {
            var exponent = (centres - at[i]).square().sum(-1) / (-2 * noise * noise);
            var densities = (exponent - (prior.LatentSize * 0.5 * Math.Log(2 * Math.PI * noise * noise))).exp();
            var (mean, error) = (densities.mean().ToDouble(), densities.std().ToDouble() / Math.Sqrt(Draws));
            // Beside the draws' error, that of the points.
            Math.Exp(logDensities[i]).Should().BeApproximately(mean, (5 * error) + (0.01 * mean));
        }
    }

    [Fact]
    public void Its_density_integrates_to_one_and_its_draws_have_its_moments()
    {
        using var seed = SeedScope.Begin(12);
        using var scope = torch.NewDisposeScope();
        using var segment = Prior(2, new() { NoiseScale = 0.2 });
        Reference.Integrate(t => segment.LogProb(torch.tensor(t).unsqueeze(-1)).exp().Values(), -4, 4).Should().BeApproximately(1, 1e-6);
        using var prior = Prior(4, new() { NoiseScale = 0.5 });
        const int Draws = 20_000;
        var draws = prior.Sample(Draws);
        var perAxis = (MeanSquare(prior) / 3) + 0.25;
        draws.mean([0L]).Values().Should().OnlyContain(mean => Math.Abs(mean) < 5 * Math.Sqrt(perAxis / Draws));
        draws.square().mean([0L]).Values().Should().OnlyContain(
            square => Math.Abs(square - perAxis) < 5 * perAxis * Math.Sqrt(2.0 / Draws));
    }

    [Fact]
    public void It_is_the_same_on_every_side_of_the_simplex()
    {
        using var scope = torch.NewDisposeScope();
        using var prior = Prior(5, new() { NoiseScale = 0.4 });
        var atVertices = prior.LogProb(torch.tensor(prior.Simplex.Vertices())).Values();
        atVertices.Should().OnlyContain(value => Math.Abs(value - atVertices[0]) < 0.02);
    }

    // Weights that are nearly always vertices, and nearly always the centre.
    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e6)]
    public void At_its_ends_the_density_is_that_of_the_vertices_and_of_the_centre(double concentration)
    {
        using var scope = torch.NewDisposeScope();
        using var prior = Prior(3, new() { Concentration = concentration, NoiseScale = 0.5 });
        var vertices = torch.tensor(prior.Simplex.Vertices());
        var centres = concentration > 1 ? torch.zeros(1, 2, dtype: torch.float64) : vertices;
        var at = torch.cat([vertices, torch.tensor(new[,] { { 0.1, 0.2 } })]);
        var exact = (torch.cdist(at, centres).square() / -0.5).logsumexp(-1) - Math.Log(centres.shape[0] * 2 * Math.PI * 0.25);
        RequireClose(prior.LogProb(at), exact.Values(), 0.02);
    }

    [Fact]
    public void Gradients_are_those_of_differences()
    {
        using var scope = torch.NewDisposeScope();
        using var prior = Prior(3, new() { NoiseScale = 0.5 });
        var at = torch.tensor(new[,] { { 0.3, -0.2 }, { 1.2, 0.4 } });
        torch.Tensor Sum(torch.Tensor t) => prior.LogProb(t).sum();
        Reference.Gradient(Sum, at).Zip(Reference.FiniteDifferences(Sum, at)).Should().OnlyContain(
            pair => Math.Abs(pair.First - pair.Second) < 1e-5);
    }

    [Theory]
    [InlineData(1e-6, 10)]
    [InlineData(1e-6, 2000)]
    [InlineData(1e15, 10)]
    [InlineData(1e15, 2000)]
    public void Its_density_is_that_of_the_nearest_points_at_the_ends_of_the_noise(double noise, int points)
    {
        using var scope = torch.NewDisposeScope();
        using var prior = new DirichletPrior(3, new() { NoiseScale = noise, Points = points, Concentration = 1e-10 });
        // Every point is one of three vertices, which hold a third each: at a vertex there is its own normal density, or all three.
        var vertices = torch.tensor(prior.Simplex.Vertices()).to(torch.float32);
        var expected = Math.Log(noise < 1 ? 1 / 3.0 : 1) - Math.Log(2 * Math.PI * noise * noise);
        prior.LogProb(vertices).Values().Should().OnlyContain(value => Math.Abs(value - expected) < 1e-3);
    }

    [Theory]
    [InlineData(1, 1.0, 1.0, 10)]
    [InlineData(3, 0.0, 1.0, 10)]
    [InlineData(3, -1.0, 1.0, 10)]
    [InlineData(3, double.NaN, 1.0, 10)]
    [InlineData(3, 1.0, 0.0, 10)]
    [InlineData(3, 1.0, double.PositiveInfinity, 10)]
    [InlineData(3, 1.0, 1e-30, 10)]
    [InlineData(3, 1.0, 1e30, 10)]
    [InlineData(3, 1.0, 1.0, 0)]
    public void Numbers_out_of_their_range_are_refused(int archetypes, double concentration, double noise, int points)
        => FluentActions.Invoking(() => new DirichletPrior(
            archetypes, new() { Concentration = concentration, NoiseScale = noise, Points = points }))
            .Should().Throw<ArgumentOutOfRangeException>();

    private static DirichletPrior Prior(int archetypes, DirichletPriorOptions options)
    {
        var prior = new DirichletPrior(archetypes, options);
        prior.to(torch.float64);
        return prior;
    }

    private static void RequireClose(torch.Tensor logDensities, double[] exact, double tolerance)
        => logDensities.Values().Zip(exact).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < tolerance);

    private static double Phi(double x) => 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    // E‖a Z‖² = Σ Var[a_i] ‖z_i‖² + Σ Cov[a_i, a_j] z_i·z_j with Cov = −Var / M and z_i·z_j = −1 / M.
    private static double MeanSquare(DirichletPrior prior)
    {
        var (k, m) = (prior.Simplex.Count, prior.Simplex.Dimension);
        var variance = (k - 1.0) / (k * k * (k + 1.0));
        return (k * variance) + (k * m * variance / m / m);
    }

    // Over the unit square by a = (u, (1 − u) v, …): u ~ Beta(α, 2α), v ~ Beta(α, α), whose quantiles take the density's poles
    // away.
    private static double Quadrature(double[] t, double[,] vertices, double concentration, double noise)
    {
        const int Cells = 300;
        double[] Quantiles(double a, double b)
            => [.. Enumerable.Range(0, Cells).Select(i => MathNet.Numerics.Distributions.Beta.InvCDF(a, b, (i + 0.5) / Cells))];
        var (firsts, shares) = (Quantiles(concentration, 2 * concentration), Quantiles(concentration, concentration));
        var sum = 0.0;
        foreach (var first in firsts)
        {
            foreach (var share in shares)
            {
                var (second, third) = ((1 - first) * share, (1 - first) * (1 - share));
                var squares = 0.0;
                for (var j = 0; j < 2; j++)
                    squares += Math.Pow(t[j] - (first * vertices[0, j]) - (second * vertices[1, j]) - (third * vertices[2, j]), 2);
                sum += Math.Exp(squares / (-2 * noise * noise));
            }
        }
        return sum / (Cells * Cells) / (2 * Math.PI * noise * noise);
    }
}
