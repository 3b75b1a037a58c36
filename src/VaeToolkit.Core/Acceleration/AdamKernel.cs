using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VaeToolkit;

/// <summary>
/// Adam over plain memory, everything in one pass:
/// <c>g += λp; m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²; p −= α·m / (√v / c + ε)</c>.
/// PyTorch's operators read and write the same memory about ten times for it.
/// </summary>
internal static class AdamKernel
{
    // Of the longest vectors, and so of a whole number of shorter ones.
    private const int VectorLength = 16;

    // Roots are taken of normal numbers, 10⁻³⁸ and more: what that makes of 0 is nothing beside such an ε.
    private const double LeastEpsilonOfEstimates = 1e-12;

    private const float LeastNormal = 1.17549435e-38f;

    /// <summary>
    /// Where worker <paramref name="worker"/> of <paramref name="workers"/> begins in a span of a length; cuts fall between vectors.
    /// </summary>
    public static int Cut(int length, int worker, int workers) =>
        worker == workers ? length : (int)((long)length * worker / workers) / VectorLength * VectorLength;

    /// <summary>Updates equally long spans.</summary>
    public static void Update(
        Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> mean, Span<float> variance, in AdamCoefficients step)
    {
        var done = Avx512F.IsSupported && step.Epsilon >= LeastEpsilonOfEstimates
            ? UpdateLongVectors(parameter, gradient, mean, variance, step)
            : UpdateVectors(parameter, gradient, mean, variance, step);
        UpdateScalars(parameter[done..], gradient[done..], mean[done..], variance[done..], step);
    }

    // Compiled in full at its first call: it is all loop, so the quick first version would run for long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int UpdateVectors(
        Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> mean, Span<float> variance, in AdamCoefficients step)
    {
        var (beta1, rest1) = ((float)step.Beta1, (float)(1 - step.Beta1));
        var (beta2, rest2) = ((float)step.Beta2, (float)(1 - step.Beta2));
        var (decay, size) = ((float)step.WeightDecay, (float)step.StepSize);
        var scale = new Vector<float>((float)(1 / step.RootCorrection));
        var epsilon = new Vector<float>((float)step.Epsilon);
        var p = MemoryMarshal.Cast<float, Vector<float>>(parameter);
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient)[..p.Length];
        var m = MemoryMarshal.Cast<float, Vector<float>>(mean)[..p.Length];
        var v = MemoryMarshal.Cast<float, Vector<float>>(variance)[..p.Length];
        for (var i = 0; i < p.Length; i++)
        {
            var slope = g[i] + (p[i] * decay);
            var newMean = (m[i] * beta1) + (slope * rest1);
            var newVariance = (v[i] * beta2) + (slope * slope * rest2);
            m[i] = newMean;
            v[i] = newVariance;
            p[i] -= newMean * size / ((Vector.SquareRoot(newVariance) * scale) + epsilon);
        }
        return p.Length * Vector<float>.Count;
    }

    // Dividing and taking a root take these processors longer than the memory does. Estimates good to 14 bits and one step of Newton's
    // method each, r (3 − c r²) / 2 for 1 / √c and w (2 − d w) for 1 / d, are good to a float's last bits.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int UpdateLongVectors(
        Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> mean, Span<float> variance, in AdamCoefficients step)
    {
        var (beta1, rest1) = (Vector512.Create((float)step.Beta1), Vector512.Create((float)(1 - step.Beta1)));
        var (beta2, rest2) = (Vector512.Create((float)step.Beta2), Vector512.Create((float)(1 - step.Beta2)));
        var (decay, size) = (Vector512.Create((float)step.WeightDecay), Vector512.Create((float)step.StepSize));
        var (scale, epsilon) = (Vector512.Create((float)(1 / step.RootCorrection)), Vector512.Create((float)step.Epsilon));
        var (half, threeHalves, two) = (Vector512.Create(0.5f), Vector512.Create(1.5f), Vector512.Create(2f));
        var (least, most) = (Vector512.Create(LeastNormal), Vector512.Create(float.MaxValue));
        var p = MemoryMarshal.Cast<float, Vector512<float>>(parameter);
        var g = MemoryMarshal.Cast<float, Vector512<float>>(gradient)[..p.Length];
        var m = MemoryMarshal.Cast<float, Vector512<float>>(mean)[..p.Length];
        var v = MemoryMarshal.Cast<float, Vector512<float>>(variance)[..p.Length];
        for (var i = 0; i < p.Length; i++)
        {
            var slope = Avx512F.FusedMultiplyAdd(p[i], decay, g[i]);
            var newMean = Avx512F.FusedMultiplyAdd(slope, rest1, Avx512F.Multiply(m[i], beta1));
            var newVariance = Avx512F.FusedMultiplyAdd(Avx512F.Multiply(slope, slope), rest2, Avx512F.Multiply(v[i], beta2));
            m[i] = newMean;
            v[i] = newVariance;
            var c = Avx512F.Min(Avx512F.Max(newVariance, least), most);
            var root = Avx512F.ReciprocalSqrt14(c);
            root = Avx512F.Multiply(
                root, Avx512F.FusedMultiplyAddNegated(Avx512F.Multiply(Avx512F.Multiply(c, half), root), root, threeHalves));
            var denominator = Avx512F.FusedMultiplyAdd(Avx512F.Multiply(c, root), scale, epsilon);
            var inverse = Avx512F.Reciprocal14(denominator);
            inverse = Avx512F.Multiply(inverse, Avx512F.FusedMultiplyAddNegated(denominator, inverse, two));
            p[i] = Avx512F.FusedMultiplyAddNegated(Avx512F.Multiply(newMean, size), inverse, p[i]);
        }
        return p.Length * VectorLength;
    }

    // The same operations in the same order as in the first loop, so that an element's result does not depend on where a span was cut.
    private static void UpdateScalars(Span<float> p, ReadOnlySpan<float> g, Span<float> m, Span<float> v, in AdamCoefficients step)
    {
        var (beta1, rest1) = ((float)step.Beta1, (float)(1 - step.Beta1));
        var (beta2, rest2) = ((float)step.Beta2, (float)(1 - step.Beta2));
        var (decay, size) = ((float)step.WeightDecay, (float)step.StepSize);
        var (scale, epsilon) = ((float)(1 / step.RootCorrection), (float)step.Epsilon);
        for (var i = 0; i < p.Length; i++)
        {
            var slope = g[i] + (p[i] * decay);
            m[i] = (m[i] * beta1) + (slope * rest1);
            v[i] = (v[i] * beta2) + (slope * slope * rest2);
            p[i] -= m[i] * size / ((MathF.Sqrt(v[i]) * scale) + epsilon);
        }
    }
}
