using System.Globalization;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Checks of tensor shapes at public boundaries. They come before the native call, because some of TorchSharp's native entry points
/// end the process on a wrong shape, and because a message in the caller's terms is worth more.
/// </summary>
internal static class Shape
{
    /// <summary>The shape as it is written in messages: <c>[100, 784]</c>.</summary>
    internal static string Text(torch.Tensor tensor) => Text(tensor.shape);

    /// <summary>The shape as it is written in messages: <c>[100, 784]</c>.</summary>
    internal static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>The same of an array, which without this overload could as well be TorchSharp's implicit conversion to a tensor.</summary>
    internal static string Text(long[] shape) => Text(shape.AsEnumerable());

    /// <summary>The number of values in one item of that shape.</summary>
    internal static long Size(IEnumerable<long> shape) => shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>Requires a tensor of some ranks whose last axis has a given length.</summary>
    internal static void RequireLastAxis(torch.Tensor tensor, long length, string what, string name)
    {
        if (tensor.Dimensions < 1 || tensor.shape[^1] != length)
            throw new ArgumentException(Invariant($"{name} has shape {Text(tensor)}; its last axis must be {what}, {length}"), name);
    }

    /// <summary>Items <c>[N, *item]</c> as flat vectors <c>[N, D]</c>.</summary>
    internal static torch.Tensor Flat(torch.Tensor items, long size, string name)
    {
        if (items.Dimensions < 2 || items.NumberOfElements != items.shape[0] * size)
            throw new ArgumentException(Invariant($"{name} has shape {Text(items)}; it must be [N, ...] with {size} values an item"), name);
        return items.Dimensions == 2 ? items : items.reshape(items.shape[0], size);
    }

    /// <summary>A sample count of at least one.</summary>
    internal static void RequirePositive(long value, string what, string name)
    {
        if (value < 1)
            throw new ArgumentOutOfRangeException(name, value, Invariant($"{what} must be at least 1"));
    }

    /// <summary>A shape whose axes are all positive.</summary>
    internal static long[] RequireItemShape(IReadOnlyList<long> shape, string name)
    {
        ArgumentNullException.ThrowIfNull(shape, name);
        if (shape.Count == 0 || shape.Any(length => length < 1))
            throw new ArgumentException($"{name} is {Text(shape)}; an item needs at least one axis, and every axis at least 1", name);
        return [.. shape];
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
