using TorchSharp;
using VaeToolkit.Samples;

namespace VaeToolkit.Archetypes.Tests.Acceptance;

/// <summary>
/// The three questions of the sample Archetypes on one draw each: 1,000 mixtures of three corners of a plane in eight dimensions, noise
/// of 0.05 on every value (Keller et al., section 4.1).
/// </summary>
public class PlanarSimplexTests
{
    private const int Items = 1_000;
    private const int Epochs = 100;
    private const int Seed = 1;

    [Fact]
    public void Both_models_find_the_corners_within_a_tenth()
    {
        using var scope = torch.NewDisposeScope();
        using var data = new PlanarSimplex(Items, Seed);
        var corners = Matrix(data.Vertices);
        using var deep = TrainedArchetypes.Of(data.Items, null, PlanarSimplex.Likelihood, Epochs, Seed);

        VertexMatch.Of(LinearArchetypes.Fit(data.Items, 3).Archetypes(), corners).LargestDistance.Should().BeLessThan(0.1);
        VertexMatch.Of(Matrix(deep.Archetypes()), corners).LargestDistance.Should().BeLessThan(0.1);
    }

    [Fact]
    public void One_value_grown_exponentially_moves_the_corners_from_the_linear_vertices_and_not_from_the_deep_ones()
    {
        using var scope = torch.NewDisposeScope();
        using var data = new PlanarSimplex(Items, Seed, exponent: 5);
        var linear = torch.tensor(LinearArchetypes.Fit(data.Items, 3).WeightsOf(data.Vertices));
        using var deep = TrainedArchetypes.Of(data.Items, null, PlanarSimplex.LearnedLikelihood, Epochs, Seed);

        SmallestWeight(linear).Should().BeLessThan(0.9);
        SmallestWeight(deep.Weights(data.Vertices.to(torch.float32)).to(torch.float64)).Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void Side_information_is_read_from_the_codes_of_new_items()
    {
        using var scope = torch.NewDisposeScope();
        using var all = new PlanarSimplex(2 * Items, Seed);
        var (items, side) = (all.Items.split(Items), all.Weights.narrow(1, 0, 1).split(Items));
        using var model = TrainedArchetypes.Of(items[0], side[0], PlanarSimplex.Likelihood, Epochs, Seed);

        var error = (model.PredictSide(items[1].to(torch.float32)) - side[1]).square().mean();
        (1 - (error / side[1].var(unbiased: false)).ToDouble()).Should().BeGreaterThan(0.95);
    }

    // Of the corners, each at an archetype of its own in the best pairs.
    private static double SmallestWeight(torch.Tensor weights)
    {
        var archetypes = VertexMatch.Of(Matrix(torch.eye(3, dtype: torch.float64)), Matrix(weights)).Found;
        return archetypes.Select((archetype, corner) => weights[corner, archetype].ToDouble()).Min();
    }

    private static double[,] Matrix(torch.Tensor rows) => RowMatrix.Of(rows.detach(), nameof(rows));
}
