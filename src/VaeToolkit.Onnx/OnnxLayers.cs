using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit.Onnx;

/// <summary>What TorchSharp's layers compute in evaluation mode, in operators of ONNX.</summary>
internal static class OnnxLayers
{
    private const string Line = "IGraphLayer, with public GraphValue WriteTo(NetworkGraph graph, GraphValue input)";

    internal static GraphValue Write(NetworkGraph graph, torch.nn.Module<torch.Tensor, torch.Tensor> layer, GraphValue x) => layer switch
    {
        Sequential layers => layers.children().Aggregate(x, (value, child) => graph.Layer(AsLayer(child), value)),
        Linear linear => Linear(graph, linear, x),
        Convolution convolution => OnnxConvolutions.Write(graph, convolution, x),
        NormBase norm => BatchNormalisation(graph, norm, x),
        LayerNorm norm => LayerNormalisation(graph, norm, x),
        MaxPool1d or MaxPool2d or MaxPool3d or AvgPool1d or AvgPool2d or AvgPool3d => OnnxPooling.Write(graph, layer, x),
        Identity or Dropout or Dropout1d or Dropout2d or Dropout3d or AlphaDropout or FeatureAlphaDropout => x,
        Flatten flatten => Flatten(graph, flatten, x),
        Unflatten unflatten => Unflatten(unflatten, x),
        _ => OnnxActivations.Write(graph, layer, x) ?? throw UnwrittenPart.Of(layer, Line),
    };

    private static torch.nn.Module<torch.Tensor, torch.Tensor> AsLayer(torch.nn.Module child)
        => child as torch.nn.Module<torch.Tensor, torch.Tensor> ?? throw UnwrittenPart.Of(child, Line);

    // As a product, which takes inputs of any rank, as torch's layer does.
    private static GraphValue Linear(NetworkGraph graph, Linear linear, GraphValue x)
    {
        var weight = graph.Apply("Transpose", [graph.Constant(linear.weight)], ("perm", new long[] { 1, 0 }));
        var product = x.Then("MatMul", weight);
        return linear.bias is { } bias ? product + graph.Constant(bias) : product;
    }

    private static GraphValue BatchNormalisation(NetworkGraph graph, NormBase norm, GraphValue x)
    {
        if (norm is not (BatchNorm1d or BatchNorm2d or BatchNorm3d))
            throw UnwrittenPart.Of(norm, Line);
        if (norm.running_mean is not { } mean || norm.running_var is not { } variance)
            throw new NotSupportedException($"{norm.GetName()} keeps no running statistics, so its output depends on the other items of a "
                + "batch; make it with track_running_stats: true");
        return graph.Apply(
            "BatchNormalization",
            [
                x, graph.Constant(norm.weight ?? torch.ones_like(mean)), graph.Constant(norm.bias ?? torch.zeros_like(mean)),
                graph.Constant(mean), graph.Constant(variance),
            ],
            ("epsilon", norm.eps));
    }

    private static GraphValue LayerNormalisation(NetworkGraph graph, LayerNorm norm, GraphValue x)
    {
        var weight = graph.Constant(norm.weight ?? torch.ones(norm.normalized_shape));
        var bias = graph.Constant(norm.bias ?? torch.zeros(norm.normalized_shape));
        return graph.Apply("LayerNormalization", [x, weight, bias], ("axis", -norm.normalized_shape.Length), ("epsilon", norm.eps));
    }

    private static GraphValue Flatten(NetworkGraph graph, Flatten flatten, GraphValue x)
        => flatten is { start_dim: 1, end_dim: -1 }
            ? graph.Apply("Flatten", [x], ("axis", 1L))
            : throw new NotSupportedException($"Flatten({flatten.start_dim}, {flatten.end_dim}) cannot be exported; Flatten(1) can");

    private static GraphValue Unflatten(Unflatten unflatten, GraphValue x)
        => unflatten.dim == 1
            ? x.Reshape([NetworkGraph.Batch, .. unflatten.unflattened_size])
            : throw new NotSupportedException($"Unflatten of axis {unflatten.dim} cannot be exported; of axis 1, of [N, D], it can");
}
