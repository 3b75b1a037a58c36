namespace VaeToolkit.Evaluation;

/// <summary>The mean of numbers and its standard error.</summary>
/// <param name="Value">The mean.</param>
/// <param name="StandardError">The mean's standard error, in the numbers' unit; NaN of a single one.</param>
public readonly record struct SampleMean(double Value, double StandardError)
{
    /// <summary>Of independent numbers, at least one; the standard error of a single one is NaN.</summary>
    public static SampleMean Of(IReadOnlyCollection<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var moments = ScaledMoments.Of(values);
        return new(moments.Mean, Math.Sqrt(moments.Variance / values.Count) * moments.Unit);
    }

    /// <summary>The mean with its standard error.</summary>
    public override string ToString() => FormattableString.Invariant($"{Value:G6} ± {StandardError:G2}");
}
