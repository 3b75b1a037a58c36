using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VaeToolkit.Training;

/// <summary>
/// Adam over plain memory, everything in one pass:
/// <c>g += λp; m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²; p −= α·m / (√v / c + ε)</c>.
/// PyTorch's operators read and write the same memory about ten times for it.
/// </summary>
internal static class AdamKernel
{
    /// <summary>Where worker <paramref name="worker"/> of <paramref name="workers"/> begins in a span of a length; cuts fall between vectors.</summary>
    public static int Cut(int length, int worker, int workers) =>
        worker == workers ? length : (int)((long)length * worker / workers) / Vector<float>.Count * Vector<float>.Count;

    /// <summary>Updates equally long spans.</summary>
    public static void Update(Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> mean, Span<float> variance, in AdamCoefficients step)
    {
        var done = UpdateVectors(parameter, gradient, mean, variance, step);
        UpdateScalars(parameter[done..], gradient[done..], mean[done..], variance[done..], step);
    }

    // Compiled in full at its first call: it is all loop, so the quick first version would run for long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int UpdateVectors(Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> mean, Span<float> variance, in AdamCoefficients step)
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

    // The same operations in the same order as above, so that an element's result does not depend on where a span was cut.
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
