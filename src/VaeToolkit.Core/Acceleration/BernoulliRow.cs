using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VaeToolkit;

/// <summary>The Bernoulli log-likelihood of logits l, f = Σ x l − log(1 + eˡ), with ∂f/∂l = x − σ(l).</summary>
internal readonly struct BernoulliRow : IFusedRow
{
    // Σ log(1 + t) = log Π (1 + t): one logarithm for so many factors. None is above 2, so their product is at most 2⁶⁴, far from
    // overflow.
    private const int FactorsAtOnce = 64;

    // Float64 takes the sum of so many terms at a time, so that a long row rounds no more than a short one.
    private const int TermsAtOnce = 8;

    public static double Row(ReadOnlySpan<float> parameters, ReadOnlySpan<float> x, Span<float> residual)
    {
        if (Avx512F.IsSupported && residual.IsEmpty)
            return RowOfLongVectors(parameters, x);
        var l = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        var p = MemoryMarshal.Cast<float, Vector<float>>(x);
        var r = MemoryMarshal.Cast<float, Vector<float>>(residual);
        var total = Vector<double>.Zero;
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
    private static Vector<double> Block(ReadOnlySpan<Vector<float>> logits, ReadOnlySpan<Vector<float>> x, Span<Vector<float>> residual)
    {
        // s = Π (1 + t) − 1 and not the product itself, which would lose small t beside the one.
        var (total, s) = (Vector<double>.Zero, Vector<float>.Zero);
        for (var start = 0; start < logits.Length; start += TermsAtOnce)
        {
            var terms = Vector<float>.Zero;
            for (var i = start; i < Math.Min(start + TermsAtOnce, logits.Length); i++)
            {
                // With t = e^−|l|: log(1 + eˡ) = max(l, 0) + log(1 + t), and σ(l) is 1 / (1 + t), or t / (1 + t) below zero.
                // Nothing overflows.
                var l = logits[i];
                var t = LogisticVectors.ExpOfMinus(Vector.Abs(l));
                s = Vector.FusedMultiplyAdd(s, t, s + t);
                terms += Vector.FusedMultiplyAdd(x[i], l, -Vector.Max(l, Vector<float>.Zero));
                if (!residual.IsEmpty)
                    residual[i] = x[i] - Vector.ConditionalSelect(Vector.LessThan(l, Vector<float>.Zero), t, Vector<float>.One)
                        / (Vector<float>.One + t);
            }
            Vector.Widen(terms, out var low, out var high);
            total += low + high;
        }
        Vector.Widen(s, out var lower, out var upper);
        return total - LogOnePlus(lower) - LogOnePlus(upper);
    }

    /// <summary>The same without the gradient, by vectors of sixteen numbers.</summary>
    internal static double RowOfLongVectors(ReadOnlySpan<float> parameters, ReadOnlySpan<float> x)
    {
        var l = MemoryMarshal.Cast<float, Vector512<float>>(parameters);
        var p = MemoryMarshal.Cast<float, Vector512<float>>(x);
        var total = 0d;
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
    private static double BlockOfLongVectors(ReadOnlySpan<Vector512<float>> logits, ReadOnlySpan<Vector512<float>> x)
    {
        var (total, s) = (Vector512<double>.Zero, Vector512<float>.Zero);
        for (var start = 0; start < logits.Length; start += TermsAtOnce)
        {
            var terms = Vector512<float>.Zero;
            for (var i = start; i < Math.Min(start + TermsAtOnce, logits.Length); i++)
            {
                var l = logits[i];
                var positive = Vector512.MaxNative(l, Vector512<float>.Zero);
                var t = LogisticVectors.ExpOfMinus(positive + positive - l);
                s = Vector512.FusedMultiplyAdd(s, t, s + t);
                terms += Vector512.FusedMultiplyAdd(x[i], l, -positive);
            }
            var (low, high) = Vector512.Widen(terms);
            total += low + high;
        }
        var (lower, upper) = Vector512.Widen(s);
        return Vector512.Sum(total - LogOnePlus(lower) - LogOnePlus(upper));
    }

    // log(1 + s) with what the sum 1 + s rounds away put back to first order.
    private static Vector<double> LogOnePlus(Vector<double> s)
    {
        var sum = s + Vector<double>.One;
        return Vector.Log(sum) + (s - (sum - Vector<double>.One)) / sum;
    }

    private static Vector512<double> LogOnePlus(Vector512<double> s)
    {
        var sum = s + Vector512.Create(1d);
        return Vector512.Log(sum) + (s - (sum - Vector512.Create(1d))) / sum;
    }

    private static double Rest(ReadOnlySpan<float> logits, ReadOnlySpan<float> x, Span<float> residual)
    {
        var total = 0d;
        for (var i = 0; i < logits.Length; i++)
        {
            var t = MathF.Exp(-MathF.Abs(logits[i]));
            total += (double)x[i] * logits[i] - MathF.Max(logits[i], 0) - Math.Log(1d + t) - (t - (1d + t - 1)) / (1d + t);
            if (!residual.IsEmpty)
                residual[i] = x[i] - (logits[i] < 0 ? t : 1) / (1 + t);
        }
        return total;
    }
}
