using System.Xml;
using System.Xml.Linq;

namespace VaeToolkit.Reports;

/// <summary>A chart as an SVG file of its own: title above, legend below, and the style sheet's colours within.</summary>
internal static class ChartFile
{
    private const int Title = 26, Row = 18;

    public static void Write(ReportChart chart, Stream stream)
    {
        var legend = ChartText.Legend(chart).ToList();
        var drawn = ChartDrawing.Draw(chart, "c");
        drawn.SetAttributeValue("y", Title);
        drawn.SetAttributeValue("width", ChartDrawing.Width);
        drawn.SetAttributeValue("height", ChartDrawing.Height);
        var height = Title + ChartDrawing.Height + Row * legend.Count + 10;
        var file = Html.Svg(
            "svg", ("viewBox", FormattableString.Invariant($"0 0 {ChartDrawing.Width} {height}")),
            ("width", Html.Number(1.5 * ChartDrawing.Width)), ("height", Html.Number(1.5 * height)), ("role", "img"),
            ("font-family", "system-ui, 'DejaVu Sans', sans-serif")).With(
            Html.Svg("title").With(chart.Caption),
            Html.Svg("desc").With(ChartText.Describe(chart)),
            Html.Svg("style").With(StyleSheet.Text),
            Html.Svg("rect", ("width", "100%"), ("height", "100%"), ("fill", "var(--paper)")),
            Html.Svg("text", ("class", "axis"), ("x", "10"), ("y", "20"), ("font-weight", "600")).With(chart.Caption),
            drawn,
            legend.Select((entry, i) => Entry(entry.Sign, entry.Name, Title + ChartDrawing.Height + Row * i)));
        using var writer = XmlWriter.Create(stream);
        file.WriteTo(writer);
    }

    private static XElement Entry(XElement sign, string name, int y)
        => Html.Svg("g", ("transform", FormattableString.Invariant($"translate({ChartDrawing.Left} {y})"))).With(
            sign, Html.Svg("text", ("x", "34"), ("y", "9")).With(name));
}
