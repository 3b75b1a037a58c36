using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VaeToolkit.Networks;

/// <summary>
/// A layer's weights in the order in which <see cref="DenseKernel"/> reads them:
/// panels of sixty-four outputs, each a row of biases and then a row for each input.
/// </summary>
internal static unsafe class DensePanels
{
    private const int Width = DenseKernel.Columns;
    private const int Block = 16;

    /// <summary>Outputs, and those that fill up the last panel.</summary>
    internal static int PaddedOutputs(int outputs) => (outputs + Width - 1) / Width * Width;

    /// <summary>Numbers that a layer's panels take.</summary>
    internal static int Size(int inputs, int outputs) => PaddedOutputs(outputs) * (inputs + 1);

    /// <summary>Fills the panels of a layer; what has no output is zero.</summary>
    /// <param name="weight"><c>[outputs, inputs]</c>.</param>
    /// <param name="bias"><c>[outputs]</c>.</param>
    /// <param name="inputs">Inputs of the layer.</param>
    /// <param name="outputs">Outputs of the layer.</param>
    /// <param name="panels">Where they go.</param>
    internal static void Fill(float* weight, float* bias, int inputs, int outputs, float* panels)
    {
        for (var first = 0; first < outputs; first += Width)
        {
            var width = Math.Min(Width, outputs - first);
            if (width < Width)
                new Span<float>(panels, Width * (inputs + 1)).Clear();
            new ReadOnlySpan<float>(bias + first, width).CopyTo(new(panels, width));
            Transpose(weight + ((nint)first * inputs), inputs, width, panels + Width);
            panels += Width * (inputs + 1);
        }
    }

    // panel[k, j] = weight[j, k]
    private static void Transpose(float* weight, int inputs, int width, float* panel)
    {
        var (wholeInputs, wholeWidth) = DenseKernel.IsFast ? (inputs / Block * Block, width / Block * Block) : (0, 0);
        for (var j = 0; j < wholeWidth; j += Block)
        {
            for (var k = 0; k < wholeInputs; k += Block)
                TransposeBlock(weight + ((nint)j * inputs) + k, inputs, panel + (k * Width) + j);
        }
        for (var j = 0; j < width; j++)
        {
            for (var k = j < wholeWidth ? wholeInputs : 0; k < inputs; k++)
                panel[(k * Width) + j] = weight[((nint)j * inputs) + k];
        }
    }

    // Neighbouring numbers, then pairs of them, change places within 128 bits; then these do, in two rounds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeBlock(float* from, nint pitch, float* to)
    {
        var rows = stackalloc Vector512<float>[Block];
        for (var group = 0; group < Block; group += 4, from += 4 * pitch)
        {
            var (r0, r1, r2, r3) = (Vector512.Load(from), Vector512.Load(from + pitch), Vector512.Load(from + (2 * pitch)),
                Vector512.Load(from + (3 * pitch)));
            var (low, high) = (Avx512F.UnpackLow(r0, r1).AsDouble(), Avx512F.UnpackHigh(r0, r1).AsDouble());
            var (nextLow, nextHigh) = (Avx512F.UnpackLow(r2, r3).AsDouble(), Avx512F.UnpackHigh(r2, r3).AsDouble());
            rows[group] = Avx512F.UnpackLow(low, nextLow).AsSingle();
            rows[group + 1] = Avx512F.UnpackHigh(low, nextLow).AsSingle();
            rows[group + 2] = Avx512F.UnpackLow(high, nextHigh).AsSingle();
            rows[group + 3] = Avx512F.UnpackHigh(high, nextHigh).AsSingle();
        }
        for (var k = 0; k < 4; k++, to += Width)
        {
            var (even, odd) = (Avx512F.Shuffle4x128(rows[k], rows[k + 4], 0x88), Avx512F.Shuffle4x128(rows[k], rows[k + 4], 0xDD));
            var (nextEven, nextOdd) = (Avx512F.Shuffle4x128(rows[k + 8], rows[k + 12], 0x88),
                Avx512F.Shuffle4x128(rows[k + 8], rows[k + 12], 0xDD));
            Avx512F.Shuffle4x128(even, nextEven, 0x88).Store(to);
            Avx512F.Shuffle4x128(odd, nextOdd, 0x88).Store(to + (4 * Width));
            Avx512F.Shuffle4x128(even, nextEven, 0xDD).Store(to + (8 * Width));
            Avx512F.Shuffle4x128(odd, nextOdd, 0xDD).Store(to + (12 * Width));
        }
    }
}
