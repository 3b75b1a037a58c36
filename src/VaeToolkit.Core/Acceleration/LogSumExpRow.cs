using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VaeToolkit;

/// <summary>f = log Σ exp θ of a row, with ∂f/∂θ = exp(θ − f). Values beside θ are not looked at.</summary>
/// <remarks>
/// Most of a mixture's components are too far from a point to count. MKL's exponential, behind torch's operator, takes one by one those
/// below float32's normal numbers, and what is made of their shares would be subnormal.
/// </remarks>
internal readonly struct LogSumExpRow : IFusedRow
{
    // Float64 takes the sum of so many terms at a time, so that a long row rounds no more than a short one.
    private const int TermsAtOnce = 8;

    // e^-60 is 9e-27: what is this far below the largest term has no share that a sum in float64 would notice.
    private const float MostNats = 60;

    public static double Row(ReadOnlySpan<float> parameters, ReadOnlySpan<float> x, Span<float> residual)
    {
        var largest = Largest(parameters);
        // Also where every term is −∞: their differences are no numbers.
        if (!float.IsFinite(largest))
            return largest;
        var sum = Exponentials(parameters, largest, residual);
        if (!residual.IsEmpty)
            Scale(residual, (float)(1 / sum));
        return largest + Math.Log(sum);
    }

    private static float Largest(ReadOnlySpan<float> terms)
    {
        var largest = new Vector<float>(float.NegativeInfinity);
        foreach (var part in MemoryMarshal.Cast<float, Vector<float>>(terms))
            largest = Vector.Max(largest, part);
        var most = float.NegativeInfinity;
        for (var i = 0; i < Vector<float>.Count; i++)
            most = MathF.Max(most, largest[i]);
        foreach (var term in terms[(terms.Length / Vector<float>.Count * Vector<float>.Count)..])
            most = MathF.Max(most, term);
        return most;
    }

    // Σ exp(θ − largest), and its terms where they are wanted. Compiled in full at its first call: it is all loop, so the quick first
    // version would run for long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Exponentials(ReadOnlySpan<float> terms, float largest, Span<float> exponentials)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(terms);
        var targets = MemoryMarshal.Cast<float, Vector<float>>(exponentials);
        var total = Vector<double>.Zero;
        for (var start = 0; start < vectors.Length; start += TermsAtOnce)
        {
            var sum = Vector<float>.Zero;
            for (var i = start; i < Math.Min(start + TermsAtOnce, vectors.Length); i++)
            {
                var distance = new Vector<float>(largest) - vectors[i];
                var e = Vector.ConditionalSelect(
                    Vector.GreaterThan(distance, new Vector<float>(MostNats)), Vector<float>.Zero, LogisticVectors.ExpOfMinus(distance));
                sum += e;
                if (!targets.IsEmpty)
                    targets[i] = e;
            }
            Vector.Widen(sum, out var low, out var high);
            total += low + high;
        }
        var rest = 0d;
        for (var i = vectors.Length * Vector<float>.Count; i < terms.Length; i++)
        {
            var e = largest - terms[i] > MostNats ? 0 : MathF.Exp(terms[i] - largest);
            rest += e;
            if (!exponentials.IsEmpty)
                exponentials[i] = e;
        }
        return Vector.Sum(total) + rest;
    }

    private static void Scale(Span<float> values, float factor)
    {
        foreach (ref var part in MemoryMarshal.Cast<float, Vector<float>>(values))
            part *= factor;
        foreach (ref var value in values[(values.Length / Vector<float>.Count * Vector<float>.Count)..])
            value *= factor;
    }
}
