using System.Numerics;
using System.Runtime.InteropServices;

namespace VaeToolkit;

/// <summary>Sums and choices over plain memory.</summary>
internal static class PlainSums
{
    /// <summary>sum += terms, number by number.</summary>
    internal static void Add(ReadOnlySpan<float> terms, Span<float> sum)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var termVectors = MemoryMarshal.Cast<float, Vector<float>>(terms);
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] += termVectors[i];
        for (var i = vectors.Length * Vector<float>.Count; i < sum.Length; i++)
            sum[i] += terms[i];
    }

    /// <summary>
    /// What a (leaky) rectifier's input gets of its output's gradient, gradient = output &gt; 0 ? gradient : slope · gradient; and
    /// sum += gradient.
    /// </summary>
    internal static void AddRectified(ReadOnlySpan<float> output, float slope, Span<float> gradient, Span<float> sum)
    {
        var gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var outputs = MemoryMarshal.Cast<float, Vector<float>>(output);
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        for (var i = 0; i < gradients.Length; i++)
        {
            var passed = Vector.ConditionalSelect(Vector.GreaterThan(outputs[i], Vector<float>.Zero), gradients[i], gradients[i] * slope);
            gradients[i] = passed;
            sums[i] += passed;
        }
        for (var i = gradients.Length * Vector<float>.Count; i < gradient.Length; i++)
        {
            if (!(output[i] > 0))
                gradient[i] *= slope;
            sum[i] += gradient[i];
        }
    }

    /// <summary>target = a = b ? value : 0, number by number; what is not a number equals nothing.</summary>
    internal static void PutWhereEqual(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> values, Span<float> target)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(target);
        var first = MemoryMarshal.Cast<float, Vector<float>>(a);
        var second = MemoryMarshal.Cast<float, Vector<float>>(b);
        var given = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] = Vector.ConditionalSelect(Vector.Equals(first[i], second[i]), given[i], Vector<float>.Zero);
        for (var i = vectors.Length * Vector<float>.Count; i < target.Length; i++)
            target[i] = a[i] == b[i] ? values[i] : 0;
    }
}
