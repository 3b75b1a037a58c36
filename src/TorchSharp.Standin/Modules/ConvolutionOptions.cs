using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The settings of a convolution, one number for each spatial axis.</summary>
internal sealed record ConvolutionOptions(long In, long Out, long[] Kernel, long[] Stride, long[] Padding, long[] Dilation, PaddingModes Mode, long Groups)
{
    internal int Axes => Kernel.Length;

    /// <summary>"same" or "valid" in place of numbers.</summary>
    internal Padding? PaddingType { get; init; }

    internal long[] OutputPadding { get; init; } = [];

    internal bool Transposed { get; init; }

    internal bool HasBias { get; init; }

    internal Device? Device { get; init; }

    internal ScalarType? Type { get; init; }

    internal long[] WeightShape => Transposed ? [In, Out / Groups, .. Kernel] : [Out, In / Groups, .. Kernel];

    internal static long[] All(int axes, long value) => [.. Enumerable.Repeat(value, axes)];

    internal static long[] All((long, long) value) => [value.Item1, value.Item2];

    internal static long[] All((long, long, long) value) => [value.Item1, value.Item2, value.Item3];

    internal static long[] All((long, long)? value, long otherwise) => value is { } given ? All(given) : All(2, otherwise);

    internal static long[] All((long, long, long)? value, long otherwise) => value is { } given ? All(given) : All(3, otherwise);
}
