using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VaeToolkit;

/// <summary>
/// The innermost loop of a fully connected layer: six rows by as many outputs as the processor's registers hold while the sums run,
/// sixty-four with 512-bit registers and sixteen with 256-bit ones.
/// </summary>
internal static unsafe class DenseKernel
{
    internal const int Rows = 6;

    /// <summary>Outputs of a tile.</summary>
    internal static int Columns => Avx512F.IsSupported ? 64 : 16;

    /// <summary>Tiles whose rows pass the layers together: those with such registers have a larger second-level cache too.</summary>
    internal static int TilesOfBlock => Avx512F.IsSupported ? 16 : 8;

    /// <summary>Whether this processor has such registers. On others the loop gives the same, far more slowly.</summary>
    internal static bool IsFast => Fma.IsSupported;

    /// <summary>
    /// y[i, j] = max(s, slope · s) with s = panel[0, j] + Σ_k x[i, k] panel[k + 1, j], for six i and <see cref="Columns"/> j.
    /// </summary>
    /// <param name="x">Inputs.</param>
    /// <param name="inputPitch">From row to row of them.</param>
    /// <param name="inputStep">From k to k of them.</param>
    /// <param name="panel">Biases and weights of the outputs, a row of each.</param>
    /// <param name="depth">How many k.</param>
    /// <param name="slope">1 for the sum itself; between 0 and 1 for a (leaky) rectifier of it.</param>
    /// <param name="y">Outputs.</param>
    /// <param name="outputPitch">From row to row of them.</param>
    internal static void Tile(float* x, nint inputPitch, nint inputStep, float* panel, int depth, float slope, float* y, nint outputPitch)
    {
        if (Avx512F.IsSupported)
            LongTile(x, inputPitch, inputStep, panel, depth, slope, y, outputPitch);
        else
            ShortTile(x, inputPitch, inputStep, panel, depth, slope, y, outputPitch);
    }

    /// <summary>The same for sixteen outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void ShortTile(
        float* x, nint inputPitch, nint inputStep, float* panel, int depth, float slope, float* y, nint outputPitch)
    {
        Vector256<float> a0 = Vector256.Load(panel), b0 = a0, c0 = a0, d0 = a0, e0 = a0, f0 = a0;
        Vector256<float> a1 = Vector256.Load(panel + 8), b1 = a1, c1 = a1, d1 = a1, e1 = a1, f1 = a1;
        var thirdRow = 2 * inputPitch;
        var lower = x + (3 * inputPitch);
        for (var k = depth; k > 0; k--)
        {
            panel += 16;
            Vector256<float> w0 = Vector256.Load(panel), w1 = Vector256.Load(panel + 8);
            var value = Vector256.Create(*x);
            (a0, a1) = (Sum(value, w0, a0), Sum(value, w1, a1));
            value = Vector256.Create(x[inputPitch]);
            (b0, b1) = (Sum(value, w0, b0), Sum(value, w1, b1));
            value = Vector256.Create(x[thirdRow]);
            (c0, c1) = (Sum(value, w0, c0), Sum(value, w1, c1));
            value = Vector256.Create(*lower);
            (d0, d1) = (Sum(value, w0, d0), Sum(value, w1, d1));
            value = Vector256.Create(lower[inputPitch]);
            (e0, e1) = (Sum(value, w0, e0), Sum(value, w1, e1));
            value = Vector256.Create(lower[thirdRow]);
            (f0, f1) = (Sum(value, w0, f0), Sum(value, w1, f1));
            x += inputStep;
            lower += inputStep;
        }
        var factor = Vector256.Create(slope);
        Store(y, factor, a0, a1);
        Store(y + outputPitch, factor, b0, b1);
        Store(y + (2 * outputPitch), factor, c0, c1);
        Store(y + (3 * outputPitch), factor, d0, d1);
        Store(y + (4 * outputPitch), factor, e0, e1);
        Store(y + (5 * outputPitch), factor, f0, f1);
    }

    /// <summary>The same for sixty-four outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void LongTile(
        float* x, nint inputPitch, nint inputStep, float* panel, int depth, float slope, float* y, nint outputPitch)
    {
        Vector512<float> a0 = Load(panel, 0), b0 = a0, c0 = a0, d0 = a0, e0 = a0, f0 = a0;
        Vector512<float> a1 = Load(panel, 1), b1 = a1, c1 = a1, d1 = a1, e1 = a1, f1 = a1;
        Vector512<float> a2 = Load(panel, 2), b2 = a2, c2 = a2, d2 = a2, e2 = a2, f2 = a2;
        Vector512<float> a3 = Load(panel, 3), b3 = a3, c3 = a3, d3 = a3, e3 = a3, f3 = a3;
        var thirdRow = 2 * inputPitch;
        var lower = x + (3 * inputPitch);
        for (var k = depth; k > 0; k--)
        {
            panel += 64;
            Vector512<float> w0 = Load(panel, 0), w1 = Load(panel, 1), w2 = Load(panel, 2), w3 = Load(panel, 3);
            var value = Vector512.Create(*x);
            (a0, a1, a2, a3) = (Sum(value, w0, a0), Sum(value, w1, a1), Sum(value, w2, a2), Sum(value, w3, a3));
            value = Vector512.Create(x[inputPitch]);
            (b0, b1, b2, b3) = (Sum(value, w0, b0), Sum(value, w1, b1), Sum(value, w2, b2), Sum(value, w3, b3));
            value = Vector512.Create(x[thirdRow]);
            (c0, c1, c2, c3) = (Sum(value, w0, c0), Sum(value, w1, c1), Sum(value, w2, c2), Sum(value, w3, c3));
            value = Vector512.Create(*lower);
            (d0, d1, d2, d3) = (Sum(value, w0, d0), Sum(value, w1, d1), Sum(value, w2, d2), Sum(value, w3, d3));
            value = Vector512.Create(lower[inputPitch]);
            (e0, e1, e2, e3) = (Sum(value, w0, e0), Sum(value, w1, e1), Sum(value, w2, e2), Sum(value, w3, e3));
            value = Vector512.Create(lower[thirdRow]);
            (f0, f1, f2, f3) = (Sum(value, w0, f0), Sum(value, w1, f1), Sum(value, w2, f2), Sum(value, w3, f3));
            x += inputStep;
            lower += inputStep;
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
    private static Vector512<float> Load(float* from, int vector) => Vector512.Load(from + (vector * 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sum(Vector512<float> value, Vector512<float> weights, Vector512<float> sum)
        => Vector512.FusedMultiplyAdd(value, weights, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Sum(Vector256<float> value, Vector256<float> weights, Vector256<float> sum)
        => Vector256.FusedMultiplyAdd(value, weights, sum);

    // A maximum that hands on what is not a number, so what is not finite stays so.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Vector256<float> slope, Vector256<float> v0, Vector256<float> v1)
    {
        Vector256.Max(v0 * slope, v0).Store(to);
        Vector256.Max(v1 * slope, v1).Store(to + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(
        float* to, Vector512<float> slope, Vector512<float> v0, Vector512<float> v1, Vector512<float> v2, Vector512<float> v3)
    {
        Vector512.Max(v0 * slope, v0).Store(to);
        Vector512.Max(v1 * slope, v1).Store(to + 16);
        Vector512.Max(v2 * slope, v2).Store(to + 32);
        Vector512.Max(v3 * slope, v3).Store(to + 48);
    }
}
