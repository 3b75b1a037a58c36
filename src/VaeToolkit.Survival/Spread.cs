namespace VaeToolkit.Survival;

/// <summary>Mean and standard deviation (divisor N) of numbers, and whether they are one number but for rounding.</summary>
internal readonly record struct Spread(double Mean, double Deviation, bool IsConstant)
{
    // Numbers that differ by less than this share of their size are equal up to the rounding of whatever computed them.
    private const double Rounding = 1e-12;

    /// <summary>The spread of numbers, at least one and finite.</summary>
    public static Spread Of(IReadOnlyList<double> values)
    {
        var (least, most) = (values.Min(), values.Max());
        var size = Math.Max(Math.Abs(least), Math.Abs(most));
        if (size == 0)
            return new(0, 0, true);
        // Units are a power of two, which rounds nothing: in them neither sums nor squares overflow or vanish.
        var unit = Math.ScaleB(1, Math.ILogB(size));
        var mean = values.Sum(value => value / unit) / values.Count;
        var squares = values.Sum(value => ((value / unit) - mean) * ((value / unit) - mean));
        return new(mean * unit, Math.Sqrt(squares / values.Count) * unit, (most / unit) - (least / unit) <= Rounding * (size / unit));
    }
}
