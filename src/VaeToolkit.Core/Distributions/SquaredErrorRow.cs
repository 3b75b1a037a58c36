using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VaeToolkit.Distributions;

/// <summary>Half the squared error of means μ, as the normal log-likelihood has it: f = −½ Σ (x − μ)², with ∂f/∂μ = x − μ.</summary>
internal readonly struct SquaredErrorRow : IFusedRow
{
    // Compiled in full at its first call: it is all loop, so the quick first version would run for long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Row(ReadOnlySpan<float> parameters, ReadOnlySpan<float> x, Span<float> residual)
    {
        var means = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        var values = MemoryMarshal.Cast<float, Vector<float>>(x);
        var residuals = MemoryMarshal.Cast<float, Vector<float>>(residual);
        var squares = Vector<float>.Zero;
        for (var i = 0; i < means.Length; i++)
        {
            var difference = values[i] - means[i];
            squares += difference * difference;
            if (!residuals.IsEmpty)
                residuals[i] = difference;
        }
        var total = Vector.Sum(squares);
        for (var i = means.Length * Vector<float>.Count; i < parameters.Length; i++)
        {
            var difference = x[i] - parameters[i];
            total += difference * difference;
            if (!residual.IsEmpty)
                residual[i] = difference;
        }
        return -0.5f * total;
    }
}
