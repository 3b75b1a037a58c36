using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VaeToolkit.Networks;

/// <summary>
/// The innermost loop of a fully connected layer: six rows by sixty-four outputs, held in the 512-bit registers while the sums run.
/// </summary>
internal static unsafe class DenseKernel
{
    internal const int Rows = 6;
    internal const int Columns = 64;

    private const int Lanes = 16;

    /// <summary>Whether this processor has such registers. On others the loop gives the same, far more slowly.</summary>
    internal static bool IsFast => Avx512F.IsSupported;

    /// <summary>y[i, j] = max(s, slope · s) with s = panel[0, j] + Σ_k x[i, k] panel[k + 1, j], for six i and sixty-four j.</summary>
    /// <param name="x">Inputs.</param>
    /// <param name="inputPitch">From row to row of them.</param>
    /// <param name="panel">Biases and weights of the outputs, 64 numbers in a row.</param>
    /// <param name="depth">How many k.</param>
    /// <param name="slope">1 for the sum itself; between 0 and 1 for a (leaky) rectifier of it.</param>
    /// <param name="y">Outputs.</param>
    /// <param name="outputPitch">From row to row of them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Tile(float* x, nint inputPitch, float* panel, int depth, float slope, float* y, nint outputPitch)
    {
        Vector512<float> a0 = Load(panel, 0), b0 = a0, c0 = a0, d0 = a0, e0 = a0, f0 = a0;
        Vector512<float> a1 = Load(panel, 1), b1 = a1, c1 = a1, d1 = a1, e1 = a1, f1 = a1;
        Vector512<float> a2 = Load(panel, 2), b2 = a2, c2 = a2, d2 = a2, e2 = a2, f2 = a2;
        Vector512<float> a3 = Load(panel, 3), b3 = a3, c3 = a3, d3 = a3, e3 = a3, f3 = a3;
        var thirdRow = 2 * inputPitch;
        var lower = x + (3 * inputPitch);
        for (var k = depth; k > 0; k--)
        {
            panel += Columns;
            Vector512<float> w0 = Load(panel, 0), w1 = Load(panel, 1), w2 = Load(panel, 2), w3 = Load(panel, 3);
            var value = Vector512.Create(*x);
            (a0, a1, a2, a3) = (Fma(value, w0, a0), Fma(value, w1, a1), Fma(value, w2, a2), Fma(value, w3, a3));
            value = Vector512.Create(x[inputPitch]);
            (b0, b1, b2, b3) = (Fma(value, w0, b0), Fma(value, w1, b1), Fma(value, w2, b2), Fma(value, w3, b3));
            value = Vector512.Create(x[thirdRow]);
            (c0, c1, c2, c3) = (Fma(value, w0, c0), Fma(value, w1, c1), Fma(value, w2, c2), Fma(value, w3, c3));
            value = Vector512.Create(*lower);
            (d0, d1, d2, d3) = (Fma(value, w0, d0), Fma(value, w1, d1), Fma(value, w2, d2), Fma(value, w3, d3));
            value = Vector512.Create(lower[inputPitch]);
            (e0, e1, e2, e3) = (Fma(value, w0, e0), Fma(value, w1, e1), Fma(value, w2, e2), Fma(value, w3, e3));
            value = Vector512.Create(lower[thirdRow]);
            (f0, f1, f2, f3) = (Fma(value, w0, f0), Fma(value, w1, f1), Fma(value, w2, f2), Fma(value, w3, f3));
            x++;
            lower++;
        }
        var factor = Vector512.Create(slope);
        Store(y, factor, a0, a1, a2, a3);
        Store(y + outputPitch, factor, b0, b1, b2, b3);
        Store(y + (2 * outputPitch), factor, c0, c1, c2, c3);
        Store(y + (3 * outputPitch), factor, d0, d1, d2, d3);
        Store(y + (4 * outputPitch), factor, e0, e1, e2, e3);
        Store(y + (5 * outputPitch), factor, f0, f1, f2, f3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(float* from, int vector) => Vector512.Load(from + (vector * Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Fma(Vector512<float> value, Vector512<float> weights, Vector512<float> sum)
        => Vector512.FusedMultiplyAdd(value, weights, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(
        float* to, Vector512<float> slope, Vector512<float> v0, Vector512<float> v1, Vector512<float> v2, Vector512<float> v3)
    {
        // A maximum that hands on what is not a number, so what is not finite stays so.
        Vector512.Max(v0 * slope, v0).Store(to);
        Vector512.Max(v1 * slope, v1).Store(to + Lanes);
        Vector512.Max(v2 * slope, v2).Store(to + (2 * Lanes));
        Vector512.Max(v3 * slope, v3).Store(to + (3 * Lanes));
    }
}
