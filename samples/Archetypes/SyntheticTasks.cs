using TorchSharp;
using VaeToolkit.Archetypes;

namespace VaeToolkit.Samples;

/// <summary>Three questions whose answers are known, each over several draws of the data: the worst of them counts.</summary>
/// <param name="items">Items of a draw.</param>
/// <param name="epochs">Epochs of every model.</param>
/// <param name="seeds">The seeds, one for each draw and its models.</param>
internal sealed class SyntheticTasks(int items, int epochs, IReadOnlyList<int> seeds)
{
    // e⁵ is about 150 times e⁰: a value that grew by so much.
    private const double Exponent = 5;

    /// <summary>Are the three corners found?</summary>
    public void Vertices()
    {
        var (linear, deep) = (new List<double>(), new List<double>());
        foreach (var seed in seeds)
        {
            using var scope = torch.NewDisposeScope();
            using var data = new PlanarSimplex(items, seed);
            var corners = Matrix(data.Vertices);
            linear.Add(VertexMatch.Of(LinearArchetypes.Fit(data.Items, 3).Archetypes(), corners).LargestDistance);
            using var model = TrainedArchetypes.Of(data.Items, null, PlanarSimplex.Likelihood, epochs, seed);
            deep.Add(VertexMatch.Of(Matrix(model.Archetypes()), corners).LargestDistance);
            Tell($"seed {seed}: largest distance of an archetype from its corner {linear[^1]:F3} linear, {deep[^1]:F3} deep");
        }
        SampleResult.Print("vertex_error_linear", linear.Max(), "", "F3");
        SampleResult.Print("vertex_error_deep", deep.Max(), "", "F3");
    }

    /// <summary>Are the corners still at the vertices when one value has grown exponentially?</summary>
    public void Monotone()
    {
        var (linear, scaled, deep) = (new List<double>(), new List<double>(), new List<double>());
        foreach (var seed in seeds)
        {
            using var scope = torch.NewDisposeScope();
            using var data = new PlanarSimplex(items, seed, Exponent);
            linear.Add(Smallest(torch.tensor(LinearArchetypes.Fit(data.Items, 3).WeightsOf(data.Vertices))));
            var deviation = data.Items.std(0, keepdim: true);
            scaled.Add(Smallest(torch.tensor(LinearArchetypes.Fit(data.Items / deviation, 3).WeightsOf(data.Vertices / deviation))));
            using var model = TrainedArchetypes.Of(data.Items, null, PlanarSimplex.LearnedLikelihood, epochs, seed);
            deep.Add(Smallest(model.Weights(data.Vertices.to(torch.float32)).to(torch.float64)));
            Tell($"seed {seed}: smallest weight of a corner {linear[^1]:F3} linear, {scaled[^1]:F3} linear scaled, {deep[^1]:F3} deep");
        }
        SampleResult.Print("monotone_weight_linear", linear.Max(), "", "F3");
        SampleResult.Print("monotone_weight_linear_scaled", scaled.Max(), "", "F3");
        SampleResult.Print("monotone_weight_deep", deep.Min(), "", "F3");
    }

    /// <summary>Is the first weight, given as side information, read from the code of new items?</summary>
    public void SideInformation()
    {
        var explained = new List<double>();
        foreach (var seed in seeds)
        {
            using var scope = torch.NewDisposeScope();
            using var all = new PlanarSimplex(2 * items, seed);
            torch.Tensor Half(torch.Tensor rows, bool first) => rows.narrow(0, first ? 0 : items, items);
            var side = all.Weights.narrow(1, 0, 1);
            using var model = TrainedArchetypes.Of(Half(all.Items, true), Half(side, true), PlanarSimplex.Likelihood, epochs, seed);
            var (predicted, truth) = (model.PredictSide(Half(all.Items, false).to(torch.float32)), Half(side, false));
            explained.Add(1 - ((predicted - truth).square().mean() / truth.var(unbiased: false)).ToDouble());
            Tell($"seed {seed}: R² of the first weight in {items} new items {explained[^1]:F4}");
        }
        SampleResult.Print("side_information_r2", explained.Min(), "", "F4");
    }

    // Each corner with an archetype of its own, in the best pairs.
    private static double Smallest(torch.Tensor weights)
    {
        var order = VertexMatch.Of(Matrix(torch.eye(3, dtype: torch.float64)), Matrix(weights)).Found;
        return order.Select((archetype, corner) => weights[corner, archetype].ToDouble()).Min();
    }

    private static double[,] Matrix(torch.Tensor rows)
    {
        var matrix = new double[rows.shape[0], rows.shape[1]];
        for (var i = 0; i < matrix.GetLength(0); i++)
        {
            for (var j = 0; j < matrix.GetLength(1); j++)
                matrix[i, j] = rows[i, j].ToDouble();
        }
        return matrix;
    }

    private static void Tell(FormattableString text) => Console.WriteLine(FormattableString.Invariant(text));
}
