using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VaeToolkit.Distributions;

/// <summary>The Bernoulli log-likelihood of logits l, f = Σ x l − log(1 + eˡ), with ∂f/∂l = x − σ(l).</summary>
internal readonly struct BernoulliRow : IFusedRow
{
    // Σ log(1 + t) = log Π (1 + t): one logarithm for so many factors. None is above 2, so their product is at most 2⁶⁴, far from overflow.
    private const int FactorsAtOnce = 64;

    public static float Row(ReadOnlySpan<float> parameters, ReadOnlySpan<float> x, Span<float> residual)
    {
        if (Avx512F.IsSupported && residual.IsEmpty)
            return RowOfLongVectors(parameters, x);
        var l = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        var p = MemoryMarshal.Cast<float, Vector<float>>(x);
        var r = MemoryMarshal.Cast<float, Vector<float>>(residual);
        var total = Vector<float>.Zero;
        for (var start = 0; start < l.Length; start += FactorsAtOnce)
        {
            var count = Math.Min(FactorsAtOnce, l.Length - start);
            total += Block(l.Slice(start, count), p.Slice(start, count), r.IsEmpty ? r : r.Slice(start, count));
        }
        var done = parameters.Length / Vector<float>.Count * Vector<float>.Count;
        return Vector.Sum(total) + Rest(parameters[done..], x[done..], residual.IsEmpty ? residual : residual[done..]);
    }

    // Compiled in full at its first call: it is all loop, so the quick first version would run for long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector<float> Block(ReadOnlySpan<Vector<float>> logits, ReadOnlySpan<Vector<float>> x, Span<Vector<float>> residual)
    {
        var (total, product) = (Vector<float>.Zero, Vector<float>.One);
        for (var i = 0; i < logits.Length; i++)
        {
            // With t = e^−|l|: log(1 + eˡ) = max(l, 0) + log(1 + t), and σ(l) is 1 / (1 + t), or t / (1 + t) below zero. Nothing overflows.
            var l = logits[i];
            var t = LogisticVectors.ExpOfMinus(Vector.Abs(l));
            var factor = Vector<float>.One + t;
            product *= factor;
            total += x[i] * l - Vector.Max(l, Vector<float>.Zero);
            if (!residual.IsEmpty)
                residual[i] = x[i] - Vector.ConditionalSelect(Vector.LessThan(l, Vector<float>.Zero), t, Vector<float>.One) / factor;
        }
        return total - Vector.Log(product);
    }

    /// <summary>The same without the gradient, by vectors of sixteen numbers.</summary>
    internal static float RowOfLongVectors(ReadOnlySpan<float> parameters, ReadOnlySpan<float> x)
    {
        var l = MemoryMarshal.Cast<float, Vector512<float>>(parameters);
        var p = MemoryMarshal.Cast<float, Vector512<float>>(x);
        var total = 0f;
        for (var start = 0; start < l.Length; start += FactorsAtOnce)
        {
            var count = Math.Min(FactorsAtOnce, l.Length - start);
            total += BlockOfLongVectors(l.Slice(start, count), p.Slice(start, count));
        }
        var done = l.Length * Vector512<float>.Count;
        return total + Rest(parameters[done..], x[done..], default);
    }

    // As above, for evaluation, where most of the likelihoods are computed.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float BlockOfLongVectors(ReadOnlySpan<Vector512<float>> logits, ReadOnlySpan<Vector512<float>> x)
    {
        var (total, product) = (Vector512<float>.Zero, Vector512.Create(1f));
        for (var i = 0; i < logits.Length && i < x.Length; i++)
        {
            var l = logits[i];
            var positive = Vector512.MaxNative(l, Vector512<float>.Zero);
            product = Vector512.FusedMultiplyAdd(product, LogisticVectors.ExpOfMinus(positive + positive - l), product);
            total += Vector512.FusedMultiplyAdd(x[i], l, -positive);
        }
        return Vector512.Sum(total) - Vector512.Sum(Vector512.Log(product));
    }

    private static float Rest(ReadOnlySpan<float> logits, ReadOnlySpan<float> x, Span<float> residual)
    {
        var total = 0f;
        for (var i = 0; i < logits.Length; i++)
        {
            var t = MathF.Exp(-MathF.Abs(logits[i]));
            total += x[i] * logits[i] - MathF.Max(logits[i], 0) - MathF.Log(1 + t);
            if (!residual.IsEmpty)
                residual[i] = x[i] - (logits[i] < 0 ? t : 1) / (1 + t);
        }
        return total;
    }
}
