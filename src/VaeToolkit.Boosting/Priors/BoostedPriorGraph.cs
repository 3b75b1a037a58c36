using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.Boosting;

/// <summary>A draw from a <see cref="BoostedPrior"/> as its samples are drawn: stored components, then those of an open task.</summary>
internal static class BoostedPriorGraph
{
    internal static GraphValue Write(NetworkGraph graph, BoostedPrior prior, ComponentTable table)
    {
        ArgumentNullException.ThrowIfNull(graph);
        using var scope = torch.NewDisposeScope();
        var shares = table.Shares(prior.TaskCount, currentOnly: false);
        var open = prior.IsTaskOpen ? table.RowsOf(prior.TaskCount - 1) : [];
        long[] closed = [.. shares.Keys.Except(open)];
        var parts = new List<(GraphValue Means, GraphValue LogVariances)>();
        if (closed.Length > 0)
        {
            parts.Add((
                graph.Constant(table.Select(ComponentTable.Means, closed)),
                graph.Constant(table.Select(ComponentTable.LogVariances, closed))));
        }
        if (open.Length > 0)
        {
            // The graph runs the encoder on the pseudo-inputs; an engine does so once, when it loads.
            var encoded = prior.Encoder.WriteTo(graph, graph.Constant(table.Select(ComponentTable.PseudoInputs, open)));
            parts.Add((encoded.Mean, encoded.LogVariance));
        }
        var weights = torch.tensor(closed.Concat(open).Select(row => shares[row]).ToArray(), device: torch.CPU);
        return graph.MixtureDraw(
            graph.Concatenate([.. parts.Select(part => part.Means)], axis: 0),
            graph.Concatenate([.. parts.Select(part => part.LogVariances)], axis: 0), weights, prior.LatentSize);
    }
}
