namespace VaeToolkit.WeightPriors;

/// <summary>
/// Which kernels are dropped because they have died: those whose 2-norm is not above a threshold. Strong L2 penalties at the source kill
/// many, and a prior learned from them would be one of zeros.
/// </summary>
public sealed record KernelThreshold
{
    private readonly bool _relative;

    private KernelThreshold(double value, bool relative)
    {
        if (!(value >= 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(nameof(value), value, "the threshold must be a finite number of at least 0");
        (Value, _relative) = (value, relative);
    }

    /// <summary>The norm, or the fraction of the median norm.</summary>
    public double Value { get; }

    /// <summary>A norm; Kuzina et al. (2019) use 0.01 for 3×3×3 kernels in their code, 0.05 and 0.1 for 5×5 and 7×7.</summary>
    /// <param name="norm">τ, at least 0; kernels with a norm of at most τ are dropped.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="norm"/> is below 0 or not finite.</exception>
    public static KernelThreshold Absolute(double norm) => new(norm, relative: false);

    /// <summary>A fraction of the median norm of the group.</summary>
    /// <param name="fraction">At least 0; default 0.05.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fraction"/> is below 0 or not finite.</exception>
    public static KernelThreshold RelativeToMedian(double fraction = 0.05) => new(fraction, relative: true);

    /// <summary>The norm, or the fraction of the median norm.</summary>
    public override string ToString() => FormattableString.Invariant($"norm above {Value}{(_relative ? " of the group's median" : "")}");

    internal double For(IEnumerable<double> norms) => _relative ? Value * Median([.. norms.Order()]) : Value;

    private static double Median(double[] sorted)
        => sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
