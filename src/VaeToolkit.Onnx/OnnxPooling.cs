using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit.Onnx;

/// <summary>Maxima and means of windows.</summary>
internal static class OnnxPooling
{
    internal static GraphValue Write(NetworkGraph graph, torch.nn.Module layer, GraphValue x) => layer switch
    {
        MaxPool1d p => Maximum(graph, x, [p.kernel_size], Steps(p.stride), [p.padding ?? 0], [p.dilation ?? 1], p.ceil_mode),
        MaxPool2d p => Maximum(graph, x, p.kernel_size, p.stride, p.padding, p.dilation, p.ceil_mode),
        MaxPool3d p => Maximum(graph, x, p.kernel_size, p.stride, p.padding, p.dilation, p.ceil_mode),
        AvgPool1d p => Mean(graph, x, [p.kernel_size], Steps(p.stride), [p.padding ?? 0], p.ceil_mode, p.count_include_pad, null),
        AvgPool2d p => Mean(graph, x, p.kernel_size, p.stride, p.padding, p.ceil_mode, p.count_include_pad, p.divisor_override),
        AvgPool3d p => Mean(graph, x, p.kernel_size, p.stride, p.padding, p.ceil_mode, p.count_include_pad, p.divisor_override),
        _ => throw new ArgumentException("not a pooling layer", nameof(layer)),
    };

    /// <summary>The largest values of windows.</summary>
    internal static GraphValue Maximum(
        NetworkGraph graph, GraphValue x, long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceiling)
        => graph.Apply("MaxPool", [x], [.. Windows(kernel, stride, padding, ceiling), ("dilations", Dilations(dilation, kernel.Length))]);

    private static GraphValue Mean(
        NetworkGraph graph, GraphValue x, long[] kernel, long[]? stride, long[]? padding, bool ceiling, bool countPadding, long? divisor)
    {
        if (divisor is not null)
            throw new NotSupportedException($"an average over windows with the divisor {divisor} cannot be exported");
        return graph.Apply(
            "AveragePool", [x], [.. Windows(kernel, stride, padding, ceiling), ("count_include_pad", countPadding ? 1L : 0L)]);
    }

    private static IEnumerable<(string, object)> Windows(long[] kernel, long[]? stride, long[]? padding, bool ceiling)
    {
        var pads = OnnxConvolutions.Of(padding, kernel.Length);
        // Without a stride windows lie side by side.
        var strides = stride is { Length: > 0 } ? OnnxConvolutions.Of(stride, kernel.Length) : kernel;
        return
        [
            ("kernel_shape", kernel), ("strides", strides), ("pads", (long[])[.. pads, .. pads]), ("ceil_mode", ceiling ? 1L : 0L),
        ];
    }

    private static long[] Dilations(long[]? dilation, int axes)
        => dilation is { Length: > 0 } ? OnnxConvolutions.Of(dilation, axes) : [.. Enumerable.Repeat(1L, axes)];

    private static long[]? Steps(long? stride) => stride is { } step ? [step] : null;
}
