using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit.Onnx;

/// <summary>Convolutions and transposed ones of one, two or three axes.</summary>
internal static class OnnxConvolutions
{
    internal static GraphValue Write(NetworkGraph graph, Convolution layer, GraphValue x)
    {
        if (layer.padding_mode != TorchSharp.PaddingModes.Zeros)
            throw new NotSupportedException($"{layer.GetName()} pads with {layer.padding_mode}; only zeros can be exported");
        var axes = layer.kernel_size.Length;
        var attributes = new List<(string, object)>
        {
            ("kernel_shape", layer.kernel_size), ("strides", Of(layer.stride, axes)), ("dilations", Of(layer.dilation, axes)),
            ("group", layer.groups), ("pads", Pads(layer, axes)),
        };
        if (layer.transposed)
            attributes.Add(("output_padding", Of(layer.output_padding, axes)));
        List<GraphValue> inputs = [x, graph.Constant(layer.weight)];
        if (layer.bias is { } bias)
            inputs.Add(graph.Constant(bias));
        return graph.Apply(layer.transposed ? "ConvTranspose" : "Conv", inputs, attributes);
    }

    /// <summary>One number for each axis, where one may stand for all.</summary>
    internal static long[] Of(long[]? values, int axes) => values is { Length: 1 } ? [.. Enumerable.Repeat(values[0], axes)]
        : values is { Length: > 1 } ? values : new long[axes];

    // The starts of all axes, then their ends.
    private static long[] Pads(Convolution layer, int axes)
    {
        if (layer.padding_type is not Padding.Same)
        {
            var padding = layer.padding_type is Padding.Valid ? new long[axes] : Of(layer.padding, axes);
            return [.. padding, .. padding];
        }
        var totals = layer.kernel_size.Zip(Of(layer.dilation, axes), (kernel, dilation) => dilation * (kernel - 1)).ToArray();
        return [.. totals.Select(total => total / 2), .. totals.Select(total => total - total / 2)];
    }
}
