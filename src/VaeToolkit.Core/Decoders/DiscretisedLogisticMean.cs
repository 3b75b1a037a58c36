using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>
/// The mean of <see cref="DiscretisedLogisticLikelihood"/> in a graph: the probabilities of at least k, summed over k from 1 to 255.
/// </summary>
internal static class DiscretisedLogisticMean
{
    // A group of levels is computed at once, so that it takes 15 times the item's memory and not 255 times.
    private const int GroupSize = 15;

    internal static GraphValue WriteTo(NetworkGraph graph, GraphValue location, GraphValue logScale)
    {
        var (values, precision) = (location.Unsqueeze(-1), (-logScale).Exp().Unsqueeze(-1));
        GraphValue? sum = null;
        foreach (var levels in Enumerable.Range(1, GreyLevels.Highest).Chunk(GroupSize))
        {
            using var edges = torch.tensor(
                levels.Select(level => (float)((level - 0.5) / GreyLevels.Highest)).ToArray(), device: torch.CPU);
            var tails = ((values - graph.Constant(edges)) * precision).Sigmoid().Sum(-1);
            sum = sum is null ? tails : sum + tails;
        }
        return sum! * (1.0 / GreyLevels.Highest);
    }
}
