namespace VaeToolkit;

/// <summary>
/// The range that a log-variance is clamped to. The default [−6, 2] keeps standard deviations between 0.05 and 2.7: without it the first
/// steps of a wide network can overflow, and a posterior can collapse to a point.
/// </summary>
/// <param name="Minimum">The lower end, in log-variance; default −6.</param>
/// <param name="Maximum">The upper end, above the lower; default 2.</param>
public sealed record LogVarianceRange(double Minimum = -6, double Maximum = 2)
{
    /// <summary>Throws when the range is empty or not finite.</summary>
    /// <exception cref="ArgumentException">The ends are not finite numbers in ascending order.</exception>
    public LogVarianceRange Validated(string name)
        => double.IsFinite(Minimum) && double.IsFinite(Maximum) && Minimum < Maximum
            ? this
            : throw new ArgumentException(FormattableString.Invariant(
                $"the log-variance range [{Minimum}, {Maximum}] must be two finite numbers in ascending order"), name);
}
