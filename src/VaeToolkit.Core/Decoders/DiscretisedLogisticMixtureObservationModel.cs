using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class DiscretisedLogisticMixtureObservationModel : ObservationModel, IDescribedPart
{
    internal const string PartName = "discretised-logistic-mixture";

    private readonly int _components;

    public DiscretisedLogisticMixtureObservationModel(int components, IReadOnlyList<long> itemShape)
        : base("DiscretisedLogisticMixture", itemShape)
    {
        Shape.RequirePositive(components, "the number of components M", nameof(components));
        _components = components;
    }

    public override long ParametersPerValue => 3L * _components;

    // The components come before the item: the raw output's first axis is 3 M times as long as the item's.
    public override Likelihood forward(torch.Tensor input)
    {
        var axis = RequireRaw(input).Dimensions - ItemShape.Count;
        var parts = input.unflatten(axis, ParametersPerValue, ItemShape[0]).chunk(3, axis);
        return new DiscretisedLogisticMixtureLikelihood(
            parts[0], parts[1] + Starts(input), Clamp(parts[2]), ItemShape.Count);
    }

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        long[] shape = [NetworkGraph.Batch, _components, .. ItemShape];
        var parts = graph.Apply("Split", 3, [raw.Reshape([NetworkGraph.Batch, ParametersPerValue, .. ItemShape])], [("axis", 1L)]);
        using var scope = torch.NewDisposeScope();
        using var like = torch.empty(0, torch.float32, torch.CPU);
        var location = parts[1] + graph.Constant(Starts(like));
        var logScale = parts[2].Clamp(DiscretisedLogisticObservationModel.LeastLogScale, DiscretisedLogisticObservationModel.MostLogScale);
        var means = DiscretisedLogisticMean.WriteTo(graph, location, logScale);
        return new(
            (parts[0].Softmax(1) * means).Sum(1),
            new GraphParameter("logits", parts[0], shape, "logits of the components' weights"),
            new GraphParameter("location", location, shape, "location of every component before the cut into bins"),
            new GraphParameter("log_scale", logScale, shape, "log-scale of every component"));
    }

    PartDescription IDescribedPart.Describe()
        => new PartDescription(PartName).With("components", _components).With("item_shape", ItemShape);

    internal static DiscretisedLogisticMixtureObservationModel From(PartOptions options)
    {
        var components = options.Count("components");
        return new(components, options.WholeNumbers("item_shape"));
    }

    // Spread over the range of the values, so that the components do not begin as copies of one another.
    private torch.Tensor Starts(torch.Tensor like)
        => ((torch.arange(0L, (long)_components, like.dtype, like.device) + 0.5) / _components)
            .reshape([_components, .. ItemShape.Select(_ => 1L)]);

    private static torch.Tensor Clamp(torch.Tensor logScale)
        => logScale.clamp(DiscretisedLogisticObservationModel.LeastLogScale, DiscretisedLogisticObservationModel.MostLogScale);
}
