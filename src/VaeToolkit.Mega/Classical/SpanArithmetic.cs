using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VaeToolkit.Mega;

/// <summary>
/// Arithmetic of spans of equal length by the processor's wide registers. A fit is over before a method in the runtime's first, slow form
/// would be replaced: these are compiled in their last form at once.
/// </summary>
internal static class SpanArithmetic
{
    /// <summary>Σ x y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var wideX = Wide(x);
        var wideY = Wide(y);
        var sums = Vector<double>.Zero;
        for (var i = 0; i < wideX.Length; i++)
            sums += wideX[i] * wideY[i];
        var sum = Vector.Sum(sums);
        for (var i = wideX.Length * Vector<double>.Count; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>x − a into another span.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Shift(ReadOnlySpan<double> x, double a, Span<double> shifted)
    {
        var wide = Wide(x);
        var wideShifted = Wide(shifted);
        for (var i = 0; i < wide.Length; i++)
            wideShifted[i] = wide[i] - new Vector<double>(a);
        for (var i = wide.Length * Vector<double>.Count; i < x.Length; i++)
            shifted[i] = x[i] - a;
    }

    /// <summary>Adds a x to a sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddScaled(Span<double> sum, double a, ReadOnlySpan<double> x)
    {
        var wideSum = Wide(sum);
        var wideX = Wide(x);
        for (var i = 0; i < wideSum.Length; i++)
            wideSum[i] += wideX[i] * a;
        for (var i = wideSum.Length * Vector<double>.Count; i < sum.Length; i++)
            sum[i] += x[i] * a;
    }

    /// <summary>Adds a x y to a sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddProduct(Span<double> sum, double a, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var wideSum = Wide(sum);
        var wideX = Wide(x);
        var wideY = Wide(y);
        for (var i = 0; i < wideSum.Length; i++)
            wideSum[i] += wideX[i] * wideY[i] * a;
        for (var i = wideSum.Length * Vector<double>.Count; i < sum.Length; i++)
            sum[i] += x[i] * y[i] * a;
    }

    private static Span<Vector<double>> Wide(Span<double> values) => MemoryMarshal.Cast<double, Vector<double>>(values);

    private static ReadOnlySpan<Vector<double>> Wide(ReadOnlySpan<double> values) => MemoryMarshal.Cast<double, Vector<double>>(values);
}
