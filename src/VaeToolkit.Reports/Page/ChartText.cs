using System.Text;
using System.Xml.Linq;

namespace VaeToolkit.Reports;

/// <summary>A chart's words: its legend, and what it shows for those who do not see it.</summary>
internal static class ChartText
{
    /// <summary>One sentence on the chart and one on every curve: where it begins and ends, and its least and greatest value.</summary>
    public static string Describe(ReportChart chart)
    {
        var text = new StringBuilder($"{chart.Caption}: {chart.Y} against {chart.X}.");
        foreach (var curve in chart.Curves)
            text.Append(' ').Append(Describe(curve));
        foreach (var (at, meaning) in chart.Marks)
            text.Append($" {meaning} at {Digits.Of(at)}.");
        foreach (var (at, meaning) in chart.Levels)
            text.Append($" {meaning} at a height of {Digits.Of(at)}.");
        return text.ToString();
    }

    /// <summary>The legend's entries, each with its sign.</summary>
    public static IEnumerable<(XElement Sign, string Name)> Legend(ReportChart chart)
    {
        var dashes = CurveDashes.Of(chart);
        foreach (var (curve, i) in chart.Curves.Select((curve, i) => (curve, i)).Where(_ => chart.Curves.Count > 1))
            yield return (Sign(curve.Style, i, ChartInk.Variable(curve.Colour ?? i), CurveDashes.Pattern(dashes[i])), curve.Name);
        foreach (var (_, meaning) in chart.Marks.Concat(chart.Levels))
            yield return (Line("var(--mark)", CurveDashes.Pattern(CurveDashes.Reference)), meaning);
    }

    private static string Describe(ReportCurve curve)
    {
        var finite = curve.Y.Where(double.IsFinite).ToList();
        if (finite.Count == 0)
            return $"{curve.Name}: no values.";
        return curve.Style == CurveStyle.Points
            ? $"{curve.Name}: {Digits.Of(finite.Count)} points, heights from {Digits.Of(finite.Min())} to {Digits.Of(finite.Max())}."
            : $"{curve.Name}: from {Digits.Of(finite[0])} to {Digits.Of(finite[^1])}, between {Digits.Of(finite.Min())} "
                + $"and {Digits.Of(finite.Max())}.";
    }

    private static XElement Sign(CurveStyle style, int curve, string colour, string? dashes) => style switch
    {
        CurveStyle.Points => Html.Svg("path", ("fill", colour), ("d", Shape(curve))),
        CurveStyle.Bars => Html.Svg("path", ("fill", colour), ("d", "M6 0H20V10H6Z")),
        CurveStyle.LineAndPoints => Html.Svg("g").With(Line(colour, dashes), Html.Svg("path", ("fill", colour), ("d", Shape(curve)))),
        _ => Line(colour, dashes),
    };

    private static XElement Line(string colour, string? dashes)
        => Html.Svg("path", ("stroke", colour), ("stroke-width", "2"), ("stroke-dasharray", dashes), ("fill", "none"), ("d", "M0 5H26"));

    // As of ChartInk.Shape: circle, square, triangle, diamond.
    private static string Shape(int curve) => ChartInk.ShapeNumber(curve) switch
    {
        0 => "M9 5a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
        1 => "M9 1H17V9H9Z",
        2 => "M13 1L17.5 9H8.5Z",
        _ => "M13 0L18 5L13 10L8 5Z",
    };
}
