using VaeToolkit.Evaluation;

namespace VaeToolkit.Reports;

/// <summary>One curve of a <see cref="ReportChart"/>.</summary>
/// <param name="Name">What it is, for the legend.</param>
/// <param name="X">Horizontal places.</param>
/// <param name="Y">Vertical places, as many.</param>
public sealed record ReportCurve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>How it is drawn; default <see cref="CurveStyle.Line"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public CurveStyle Style { get; init => field = OptionRange.RequireKnown(value, nameof(Style)); }

    /// <summary>Half the width of a band (of a line) or of error bars (of points) around the values; default null, none.</summary>
    public IReadOnlyList<double>? Spread { get; init; }

    /// <summary>
    /// Which of the palette's colours it has, from 0; curves that belong together share one. Default null: its place among the curves.
    /// </summary>
    public int? Colour { get; init; }

    /// <summary>The name and the number of points.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name}: {X.Count} points");
}
