using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;
using Register = System.Numerics.Vector<double>;

namespace VaeToolkit.Survival;

/// <summary>A sum Σ w v vᵀ of weighted outer products, of which only the lower triangle is added to.</summary>
internal sealed class WeightedGram(int size)
{
    private readonly double[] _lower = new double[size * size];

    internal void Add(double weight, ReadOnlySpan<double> vector)
    {
        for (var i = 0; i < size; i++)
            AddScaled(_lower.AsSpan(i * size, i + 1), weight * vector[i], vector[..(i + 1)]);
    }

    internal Matrix<double> ToMatrix()
        => Matrix<double>.Build.Dense(size, size, (i, j) => i >= j ? _lower[i * size + j] : _lower[j * size + i]);

    /// <summary>target += factor · vector, in the processor's vector registers.</summary>
    internal static void AddScaled(Span<double> target, double factor, ReadOnlySpan<double> vector)
    {
        var wideTarget = MemoryMarshal.Cast<double, Register>(target);
        var wideVector = MemoryMarshal.Cast<double, Register>(vector);
        for (var i = 0; i < wideTarget.Length; i++)
            wideTarget[i] += factor * wideVector[i];
        for (var i = wideTarget.Length * Register.Count; i < target.Length; i++)
            target[i] += factor * vector[i];
    }
}
