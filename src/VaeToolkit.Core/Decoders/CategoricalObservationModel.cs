using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class CategoricalObservationModel(IReadOnlyList<long> itemShape)
    : ObservationModel("Categorical", itemShape), IDescribedPart
{
    public override long ParametersPerValue => GreyLevels.Count;

    // The levels come before the item: the raw output's first axis is 256 times as long as the item's. TorchSharp's unflatten refuses to
    // count axes from the end.
    public override Likelihood forward(torch.Tensor input)
        => new CategoricalLikelihood(
            RequireRaw(input).unflatten(input.Dimensions - ItemShape.Count, GreyLevels.Count, ItemShape[0]), ItemShape.Count);

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        var logits = raw.Reshape([NetworkGraph.Batch, GreyLevels.Count, .. ItemShape]);
        using var scope = torch.NewDisposeScope();
        var levels = graph.Constant((torch.arange(0L, (long)GreyLevels.Count, torch.float32, torch.CPU) / GreyLevels.Highest)
            .reshape([GreyLevels.Count, .. ItemShape.Select(_ => 1L)]));
        return new((logits.Softmax(1) * levels).Sum(1), new GraphParameter(
            "logits", logits, [NetworkGraph.Batch, GreyLevels.Count, .. ItemShape], "logits of the 256 levels of every value"));
    }

    PartDescription IDescribedPart.Describe() => new PartDescription("categorical").With("item_shape", ItemShape);
}
