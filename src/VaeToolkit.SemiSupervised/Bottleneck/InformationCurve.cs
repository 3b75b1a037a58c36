namespace VaeToolkit.SemiSupervised;

/// <summary>Rate and information along a grid of β.</summary>
public sealed class InformationCurve
{
    internal InformationCurve(IReadOnlyList<InformationCurvePoint> points) => Points = points;

    /// <summary>The points in the order of the grid.</summary>
    public IReadOnlyList<InformationCurvePoint> Points { get; }

    /// <summary>The points, one a line.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Points);

    /// <summary>
    /// Where the code collapses: the largest β (of R − β I) of the grid up to which every rate is below a threshold, and the next one,
    /// whose code is alive. The critical β lies between them. Either is null when the grid does not reach so far.
    /// </summary>
    /// <param name="threshold">The rate in the points' unit below which a code counts as collapsed, above 0; default 0.01.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threshold"/> is not above 0.</exception>
    public (double? Collapsed, double? Alive) CollapsePoint(double threshold = InformationPoint.ActiveThreshold)
    {
        if (!(threshold > 0))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "the threshold must be above 0");
        var ascending = Points.OrderBy(point => point.BetaOnInformation).ToList();
        var alive = ascending.FindIndex(point => point.Point.Rate >= threshold);
        return alive < 0
            ? (ascending[^1].BetaOnInformation, null)
            : (alive == 0 ? null : ascending[alive - 1].BetaOnInformation, ascending[alive].BetaOnInformation);
    }
}
