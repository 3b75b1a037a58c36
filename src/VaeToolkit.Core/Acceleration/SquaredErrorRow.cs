using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VaeToolkit;

/// <summary>Half the squared error of means μ, as the normal log-likelihood has it: f = −½ Σ (x − μ)², with ∂f/∂μ = x −
/// μ.</summary>
internal readonly struct SquaredErrorRow : IFusedRow
{
    // Vectors of squares that are added as a tree before float64 takes their sum: two roundings, and no additions that wait for each other.
    private const int AtOnce = 4;

    // Compiled in full at its first call: it is all loop, so the quick first version would run for long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Row(ReadOnlySpan<float> parameters, ReadOnlySpan<float> x, Span<float> residual)
    {
        var means = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        var values = MemoryMarshal.Cast<float, Vector<float>>(x)[..means.Length];
        var residuals = MemoryMarshal.Cast<float, Vector<float>>(residual);
        var squares = Vector<double>.Zero;
        var i = 0;
        for (; i <= means.Length - AtOnce; i += AtOnce)
        {
            var (a, b) = (values[i] - means[i], values[i + 1] - means[i + 1]);
            var (c, d) = (values[i + 2] - means[i + 2], values[i + 3] - means[i + 3]);
            squares += Widened((a * a + b * b) + (c * c + d * d));
            if (!residuals.IsEmpty)
                (residuals[i], residuals[i + 1], residuals[i + 2], residuals[i + 3]) = (a, b, c, d);
        }
        for (; i < means.Length; i++)
        {
            var difference = values[i] - means[i];
            squares += Widened(difference * difference);
            if (!residuals.IsEmpty)
                residuals[i] = difference;
        }
        var done = means.Length * Vector<float>.Count;
        return -0.5 * (Vector.Sum(squares) + Rest(parameters[done..], x[done..], residual.IsEmpty ? residual : residual[done..]));
    }

    private static double Rest(ReadOnlySpan<float> means, ReadOnlySpan<float> x, Span<float> residual)
    {
        var squares = 0d;
        for (var i = 0; i < means.Length; i++)
        {
            var difference = x[i] - means[i];
            squares += (double)difference * difference;
            if (!residual.IsEmpty)
                residual[i] = difference;
        }
        return squares;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Widened(Vector<float> sums)
    {
        Vector.Widen(sums, out var low, out var high);
        return low + high;
    }
}
