using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Items as torch places its own tensors. MKL's products of few rows take other steps where memory does not begin at a multiple of some
/// bytes, with other last bits, and <c>torch.tensor</c> of a .NET array begins wherever the collector has put that.
/// </summary>
internal static class AlignedTensor
{
    // c10's allocator for CPUs.
    private const int Alignment = 64;

    /// <summary>The tensor itself, or a copy of the current scope where it begins elsewhere.</summary>
    public static torch.Tensor Of(torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.device_type == DeviceType.CPU && x.is_contiguous() && Address(x) % Alignment != 0 ? x.clone() : x;
    }

    private static nint Address(torch.Tensor x)
        => Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(x.bytes));
}
