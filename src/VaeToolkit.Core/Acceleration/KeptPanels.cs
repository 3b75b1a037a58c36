using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The panels of a decoder's layers, put into the kernel's order when they are first asked for and shared by all threads. Whoever holds
/// them answers for it that the weights stay what they are.
/// </summary>
internal sealed unsafe class KeptPanels
{
    private const int Line = 64;

    private readonly Lock _turn = new();
    private float[]? _memory;

    /// <summary>One layer's panels after the other, at the beginning of a line of the cache, for as long as this object lives.</summary>
    /// <param name="steps">The layers, always the same.</param>
    internal float* Of(DenseStep[] steps)
    {
        lock (_turn)
        {
            if (_memory is not null)
                return Values(_memory);
            var size = steps.Sum(step => DensePanels.Size(step.Inputs, step.Outputs));
            var memory = GC.AllocateUninitializedArray<float>(size + (Line / sizeof(float)), pinned: true);
            var next = Values(memory);
            foreach (var step in steps)
            {
                DensePanels.Fill(DenseRows.Floats(step.Weight), DenseRows.Floats(step.Bias), step.Inputs, step.Outputs, next);
                next += DensePanels.Size(step.Inputs, step.Outputs);
            }
            _memory = memory;
            return Values(memory);
        }
    }

    private static float* Values(float[] memory)
        => (float*)(((nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)) + Line - 1) & -Line);
}
