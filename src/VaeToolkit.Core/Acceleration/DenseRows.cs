using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>A matrix in plain memory that somebody else owns.</summary>
/// <param name="First">Its first number.</param>
/// <param name="Count">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Pitch">From row to row.</param>
/// <param name="Step">From column to column.</param>
internal readonly unsafe record struct DenseRows(nint First, int Count, int Width, nint Pitch, nint Step = 1)
{
    /// <summary>The rows of a contiguous tensor of this size; to ask it for its shape would make an array.</summary>
    internal static DenseRows Of(torch.Tensor rows, int count, int width) => new((nint)Floats(rows), count, width, width);

    /// <summary>Where a contiguous float32 tensor on the CPU has its numbers, as long as somebody holds it.</summary>
    internal static float* Floats(torch.Tensor tensor) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>The numbers of a contiguous float32 tensor on the CPU, as long as somebody holds it.</summary>
    internal static Span<float> Values(torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>The same memory, read by columns.</summary>
    internal DenseRows Transposed => new(First, Width, Count, Step, Pitch);

    /// <summary>Whether whole panels of columns can be written to every row.</summary>
    internal bool IsPadded => Step == 1 && Pitch >= DensePanels.PaddedOutputs(Width);

    /// <summary>Where a row begins.</summary>
    internal float* Row(int index) => (float*)First + (index * Pitch);

    /// <summary>Some of the rows.</summary>
    internal DenseRows Part(int start, int count) => this with { First = (nint)Row(start), Count = count };
}
