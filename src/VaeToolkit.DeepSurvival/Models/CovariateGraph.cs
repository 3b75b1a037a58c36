using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.DeepSurvival;

/// <summary>The means of <see cref="CovariateLikelihood"/> in a graph, and the variances of its numbers.</summary>
internal static class CovariateGraph
{
    internal static LikelihoodGraph Write(NetworkGraph graph, PatientLayout layout, GraphValue raw, IReadOnlyList<torch.Tensor> thresholds)
    {
        var at = 0L;
        var means = new List<GraphValue>();
        var parameters = new List<GraphParameter>();
        if (layout.Numbers > 0)
        {
            means.Add(Take(layout.Numbers));
            var variance = Take(layout.Numbers).Minimum(CovariateLikelihood.LargestLogVariance).Exp() + CovariateLikelihood.VarianceFloor;
            parameters.Add(new("variance", variance, [NetworkGraph.Batch, layout.Numbers], "variances of the covariates that are numbers"));
        }
        if (layout.Binaries > 0)
            means.Add(Take(layout.Binaries).Sigmoid());
        if (layout.Counts > 0)
            means.Add(Take(layout.Counts).Minimum(CovariateLikelihood.LargestLogRate).Exp());
        means.AddRange(layout.Categories.Select(levels => Take(levels).Softmax(-1)));
        means.AddRange(thresholds.Select(theta => Shares(graph, theta, Take(1))));
        return new(graph.Concatenate(means), parameters);

        GraphValue Take(long width)
        {
            at += width;
            return raw.Slice(at - width, width);
        }
    }

    // P(x ≤ l) = σ(θ_l − η); each level's share is its own less the one before.
    private static GraphValue Shares(NetworkGraph graph, torch.Tensor thresholds, GraphValue location)
    {
        using var scope = torch.NewDisposeScope();
        var steps = thresholds.shape[0];
        var differences = torch.cat([torch.eye(steps), torch.zeros(steps, 1)], 1) - torch.cat([torch.zeros(steps, 1), torch.eye(steps)], 1);
        var last = torch.cat([torch.zeros(steps), torch.ones(1)]);
        var below = (graph.Constant(thresholds) - location).Sigmoid();
        return below.Then("MatMul", graph.Constant(differences)) + graph.Constant(last);
    }
}
