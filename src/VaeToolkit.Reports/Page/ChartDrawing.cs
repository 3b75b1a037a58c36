using System.Xml.Linq;
using ScottPlot;

namespace VaeToolkit.Reports;

/// <summary>
/// A chart as an SVG element. ScottPlot chooses the limits and ticks and draws the shapes, in colours that stand for the page's own
/// (<see cref="ChartInk"/>); the text is set here, since ScottPlot's needs a font on this machine and fixes the places of letters.
/// </summary>
internal sealed class ChartDrawing : IDisposable
{
    public const int Width = 440;
    public const int Height = 290;

    /// <summary>Where the axes begin: the title stands left of the labels, and both are larger on narrow screens.</summary>
    public const int Left = 80;

    private const int Right = 14, Bottom = 46, Top = 12;
    private const float TickSpacingX = 52, TickSpacingY = 30;

    private const int MostLargePoints = 30;

    // Letters of a vertical title that fit at the largest size; a longer one is drawn together.
    private const int LongTitle = 33;

    // Of the distance between two bars.
    private const double BarShare = 0.8;

    private readonly ReportChart _chart;
    private readonly Plot _plot = new();

    private ChartDrawing(ReportChart chart) => _chart = chart;

    /// <summary>Draws a chart.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="prefix">What the names of its own clip paths begin with, so that charts on one page do not share them.</param>
    public static XElement Draw(ReportChart chart, string prefix)
    {
        using var drawing = new ChartDrawing(chart);
        return drawing.Draw(prefix);
    }

    public void Dispose() => _plot.Dispose();

    private XElement Draw(string prefix)
    {
        Prepare(_plot.Axes.Bottom, _chart.LogarithmicX, TickSpacingX, IsWhole());
        Prepare(_plot.Axes.Left, _chart.LogarithmicY, TickSpacingY, whole: false);
        var dashes = CurveDashes.Of(_chart);
        for (var i = 0; i < dashes.Count; i++)
            Add(_chart.Curves[i], i, dashes[i]);
        foreach (var (at, _) in _chart.Marks)
            Straight(_plot.Add.VerticalLine(Place(at, _chart.LogarithmicX)), ChartInk.Mark);
        foreach (var (at, _) in _chart.Levels)
            Straight(_plot.Add.HorizontalLine(Place(at, _chart.LogarithmicY)), ChartInk.Mark);
        if (_chart.SquareUnits)
            _plot.Axes.SquareUnits();
        _plot.Layout.Fixed(new PixelPadding(Left, Right, Bottom, Top));
        var svg = ChartInk.Resolve(XElement.Parse(_plot.GetSvgXml(Width, Height)), prefix);
        svg.SetAttributeValue("viewBox", FormattableString.Invariant($"0 0 {Width} {Height}"));
        svg.Add(Labels());
        return svg;
    }

    // A place on a logarithmic axis is drawn by its logarithm: ScottPlot's own axes are linear.
    private static double Place(double value, bool logarithmic) => logarithmic ? Math.Log10(value) : value;

    private bool IsWhole() => !_chart.LogarithmicX && _chart.Curves.All(curve => curve.X.All(x => x == Math.Floor(x)));

    private void Prepare(IAxis axis, bool logarithmic, float spacing, bool whole)
    {
        _plot.FigureBackground.Color = Colors.Transparent;
        _plot.DataBackground.Color = Colors.Transparent;
        _plot.Grid.MajorLineColor = ChartInk.Grid;
        _plot.Axes.Color(ChartInk.Axis);
        _plot.Axes.Top.FrameLineStyle.Width = _plot.Axes.Right.FrameLineStyle.Width = 0;
        axis.TickLabelStyle.IsVisible = false;
        axis.MinorTickStyle.Length = 0;
        axis.TickGenerator = logarithmic ? new LogarithmicTicks(spacing) : new ScottPlot.TickGenerators.NumericAutomatic
        {
            IntegerTicksOnly = whole,
            MinimumTickSpacing = spacing,
        };
    }

    private void Add(ReportCurve curve, int index, int dashes)
    {
        var (x, y, spread) = Points(curve);
        if (x.Length == 0)
            return;
        var colour = ChartInk.Curve(curve.Colour ?? index, dashes);
        if (curve.Style == CurveStyle.Bars)
        {
            _plot.Axes.Margins(left: 0.02, right: 0.02, bottom: 0, top: 0.05);
            foreach (var bar in _plot.Add.Bars(x, y).Bars)
                (bar.FillColor, bar.LineWidth, bar.Size) = (colour, 0, BarShare * LeastGap(x));
            return;
        }
        if (spread is not null)
            AddSpread(curve, x, y, spread, ChartInk.Curve(curve.Colour ?? index, dashes: 0));
        var drawn = _plot.Add.Scatter(x, y, colour);
        drawn.LineWidth = curve.Style == CurveStyle.Points ? 0 : 2;
        drawn.MarkerSize = curve.Style switch
        {
            CurveStyle.Points => x.Length > MostLargePoints ? 5 : 8,
            CurveStyle.LineAndPoints => 6,
            _ => x.Length == 1 ? 6 : 0,
        };
        drawn.MarkerShape = ChartInk.Shape(index);
        drawn.ConnectStyle = curve.Style == CurveStyle.Steps ? ConnectStyle.StepHorizontal : ConnectStyle.Straight;
    }

    private static double LeastGap(double[] x)
    {
        double[] places = [.. x.Distinct().Order()];
        return places.Zip(places.Skip(1), (one, next) => next - one).DefaultIfEmpty(1).Min();
    }

    private void AddSpread(ReportCurve curve, double[] x, double[] y, double[] spread, Color colour)
    {
        if (curve.Style is CurveStyle.Points or CurveStyle.LineAndPoints)
        {
            var bars = _plot.Add.ErrorBar(x, y, spread);
            (bars.Color, bars.LineWidth, bars.CapSize) = (colour, 1.5f, 3);
            return;
        }
        var band = _plot.Add.FillY(x, [.. y.Zip(spread, (v, s) => v - s)], [.. y.Zip(spread, (v, s) => v + s)]);
        (band.FillColor, band.LineWidth, band.MarkerSize) = (colour.WithAlpha(0.2), 0, 0);
    }

    private (double[] X, double[] Y, double[]? Spread) Points(ReportCurve curve)
    {
        int[] drawn = [.. Enumerable.Range(0, Math.Min(curve.X.Count, curve.Y.Count)).Where(i =>
            double.IsFinite(Place(curve.X[i], _chart.LogarithmicX)) && double.IsFinite(Place(curve.Y[i], _chart.LogarithmicY)))];
        return (
            [.. drawn.Select(i => Place(curve.X[i], _chart.LogarithmicX))], [.. drawn.Select(i => Place(curve.Y[i], _chart.LogarithmicY))],
            _chart.LogarithmicY ? null : curve.Spread is { } spread ? [.. drawn.Select(i => spread[i])] : null);
    }

    private static void Straight(ScottPlot.Plottables.AxisLine line, Color colour) => (line.Color, line.LineWidth) = (colour, 1.5f);

    private IEnumerable<XElement> Labels()
    {
        var area = _plot.RenderManager.LastRender.DataRect;
        foreach (var (position, text) in Major(_plot.Axes.Bottom, _chart.LogarithmicX))
            yield return Label(text, _plot.Axes.Bottom.GetPixel(position, area), Height - Bottom + 18, "middle");
        foreach (var (position, text) in Major(_plot.Axes.Left, _chart.LogarithmicY))
            yield return Label(text, Left - 8, _plot.Axes.Left.GetPixel(position, area) + 4, "end");
        yield return Label(_chart.X, (Left + Width - Right) / 2.0, Height - 8, "middle", "axis");
        var y = Label(_chart.Y, 0, 0, "middle", "axis");
        y.SetAttributeValue("transform", FormattableString.Invariant($"translate(14 {Height / 2}) rotate(-90)"));
        if (_chart.Y.Length > LongTitle)
        {
            y.SetAttributeValue("textLength", Height - 10);
            y.SetAttributeValue("lengthAdjust", "spacingAndGlyphs");
        }
        yield return y;
    }

    private static IEnumerable<(double Position, string Text)> Major(IAxis axis, bool logarithmic)
    {
        Tick[] ticks = [.. axis.TickGenerator.Ticks.Where(tick => tick.IsMajor)];
        return ticks.Select(tick => tick.Position).Zip(
            logarithmic ? ticks.Select(tick => tick.Label) : Digits.Ticks([.. ticks.Select(tick => tick.Position)]));
    }

    private static XElement Label(string text, double x, double y, string anchor, string? kind = null) => Html.Svg(
        "text", ("class", kind), ("x", Html.Number(x)), ("y", Html.Number(y)), ("text-anchor", anchor)).With(text);
}
