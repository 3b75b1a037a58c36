using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VaeToolkit;

/// <summary>
/// Weights, or rows of a batch, in the order in which <see cref="DenseKernel"/> reads them:
/// panels of so many outputs as a tile has, each a row of biases and then a row for each input.
/// </summary>
internal static unsafe class DensePanels
{
    private const int Block = 8;

    private static int Width => DenseKernel.Columns;

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
        for (var first = 0; first < outputs; first += Width, panels += Width * (inputs + 1))
            FillOne(weight + ((nint)first * inputs), bias + first, inputs, Math.Min(Width, outputs - first), panels);
    }

    /// <summary>Fills one panel with a layer's weights.</summary>
    /// <param name="weight">Of its first output.</param>
    /// <param name="bias">Of its first output.</param>
    /// <param name="inputs">Inputs of the layer.</param>
    /// <param name="width">Outputs of the panel that there are; the rest is zero.</param>
    /// <param name="panel">Where they go.</param>
    internal static void FillOne(float* weight, float* bias, int inputs, int width, float* panel)
    {
        if (width < Width)
            new Span<float>(panel, Width * (inputs + 1)).Clear();
        new ReadOnlySpan<float>(bias, width).CopyTo(new(panel, width));
        panel += Width;
        var j = 0;
        for (; j + Block <= width && Avx.IsSupported; j += Block)
            SpreadBlock(weight + ((nint)j * inputs), inputs, panel + j);
        for (; j < width; j++)
            Spread(weight + ((nint)j * inputs), 0, inputs, panel + j);
    }

    /// <summary>Fills one panel with what is in its order already, as of a product with these rows; the biases are zero.</summary>
    /// <param name="rows">The panel's first column of the first row.</param>
    /// <param name="pitch">From row to row.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="width">Columns of the panel that there are; the rest is zero.</param>
    /// <param name="panel">Where they go.</param>
    internal static void FillOneOfRows(float* rows, nint pitch, int count, int width, float* panel)
    {
        new Span<float>(panel, Width).Clear();
        panel += Width;
        for (var k = 0; k < count; k++, rows += pitch, panel += Width)
        {
            if (width == Width)
            {
                for (var j = 0; j < Width; j += Block)
                    Vector256.Load(rows + j).Store(panel + j);
            }
            else
            {
                new ReadOnlySpan<float>(rows, width).CopyTo(new(panel, width));
                new Span<float>(panel + width, Width - width).Clear();
            }
        }
    }

    private static void Spread(float* from, int first, int count, float* to)
    {
        for (var k = first; k < count; k++)
            to[(nint)k * Width] = from[k];
    }

    // Eight outputs, eight inputs of each at once: a number at a time would touch a line of the cache for each.
    private static void SpreadBlock(float* from, int inputs, float* to)
    {
        var k = 0;
        for (; k + Block <= inputs; k += Block)
            Transpose(from + k, inputs, to + ((nint)k * Width));
        for (var j = 0; j < Block; j++)
            Spread(from + ((nint)j * inputs), k, inputs, to + j);
    }

    private static void Transpose(float* from, nint pitch, float* to)
    {
        var (a0, a1) = Interleaved(Vector256.Load(from), Vector256.Load(from + pitch));
        var (a2, a3) = Interleaved(Vector256.Load(from + (2 * pitch)), Vector256.Load(from + (3 * pitch)));
        var (a4, a5) = Interleaved(Vector256.Load(from + (4 * pitch)), Vector256.Load(from + (5 * pitch)));
        var (a6, a7) = Interleaved(Vector256.Load(from + (6 * pitch)), Vector256.Load(from + (7 * pitch)));
        StoreHalves(Avx.Shuffle(a0, a2, 0x44), Avx.Shuffle(a4, a6, 0x44), to);
        StoreHalves(Avx.Shuffle(a0, a2, 0xEE), Avx.Shuffle(a4, a6, 0xEE), to + Width);
        StoreHalves(Avx.Shuffle(a1, a3, 0x44), Avx.Shuffle(a5, a7, 0x44), to + (2 * Width));
        StoreHalves(Avx.Shuffle(a1, a3, 0xEE), Avx.Shuffle(a5, a7, 0xEE), to + (3 * Width));
    }

    private static (Vector256<float> Low, Vector256<float> High) Interleaved(Vector256<float> even, Vector256<float> odd)
        => (Avx.UnpackLow(even, odd), Avx.UnpackHigh(even, odd));

    // The lower halves are of one input, the upper ones of the fourth after it.
    private static void StoreHalves(Vector256<float> first, Vector256<float> second, float* to)
    {
        Avx.Permute2x128(first, second, 0x20).Store(to);
        Avx.Permute2x128(first, second, 0x31).Store(to + (4 * Width));
    }
}
