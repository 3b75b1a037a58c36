namespace VaeToolkit;

/// <summary>
/// Mean and sample variance of numbers of any size. They are taken in a unit that is a power of two, which rounds nothing, so that neither
/// sums nor squares overflow or vanish.
/// </summary>
/// <param name="Mean">The mean.</param>
/// <param name="Variance">The sample variance (divisor N − 1) in squares of the unit; NaN of a single number.</param>
/// <param name="Unit">The unit.</param>
internal readonly record struct ScaledMoments(double Mean, double Variance, double Unit)
{
    /// <summary>The standard deviation.</summary>
    public double Deviation => Math.Sqrt(Variance) * Unit;

    /// <summary>Of numbers, at least one; infinite or NaN where one is.</summary>
    public static ScaledMoments Of(IReadOnlyCollection<double> values)
    {
        var unit = UnitOf(values);
        var mean = values.Average(value => value / unit);
        var variance = values.Sum(value => ((value / unit) - mean) * ((value / unit) - mean)) / (values.Count - 1.0);
        return new(mean * unit, variance, unit);
    }

    /// <summary>The unit alone; 1 of no numbers.</summary>
    public static double UnitOf(IReadOnlyCollection<double> values)
    {
        var size = values.Select(Math.Abs).DefaultIfEmpty().Max();
        return size > 0 && double.IsFinite(size) ? Math.ScaleB(1, Math.ILogB(size)) : 1;
    }
}
