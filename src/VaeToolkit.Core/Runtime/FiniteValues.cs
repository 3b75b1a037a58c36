using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>Whether all values of a tensor are finite, read where they lie: torch's own way makes four tensors on its way there.</summary>
internal static class FiniteValues
{
    /// <summary>Whether they are, as far as that can be read without torch: false where somebody has to look again.</summary>
    public static bool Are(torch.Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU || !tensor.is_contiguous() || tensor.NumberOfElements * tensor.ElementSize > int.MaxValue)
            return false;
        return tensor.dtype switch
        {
            torch.ScalarType.Float32 => Are(MemoryMarshal.Cast<byte, float>(tensor.bytes)),
            torch.ScalarType.Float64 => Are(MemoryMarshal.Cast<byte, double>(tensor.bytes)),
            _ => false,
        };
    }

    // v times 0 is 0 but for NaN and infinities, which make a sum NaN.
    private static bool Are<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sums = Vector<T>.Zero;
        foreach (var part in MemoryMarshal.Cast<T, Vector<T>>(values))
            sums += part * Vector<T>.Zero;
        var sum = Vector.Sum(sums);
        foreach (var value in values[^(values.Length % Vector<T>.Count)..])
            sum += value * T.Zero;
        return sum == T.Zero;
    }
}
