using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace VaeToolkit.Reports.Tests.Page;

public sealed partial class ChartTests
{
    [Fact]
    public void Points_stand_where_the_ticks_say()
    {
        double[] x = [1, 2, 5], y = [10, 40, 20];
        var svg = ChartDrawing.Draw(Chart(new ReportCurve("curve", x, y)), "c");
        var (across, up) = (Scale(svg, "middle", "x"), Scale(svg, "end", "y"));
        var drawn = Numbers().Matches(Curve(svg)).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture)).ToList();
        drawn.Should().HaveCount(6);
        for (var i = 0; i < 3; i++)
        {
            across(drawn[2 * i]).Should().BeApproximately(x[i], 0.01);
            up(drawn[2 * i + 1] + 4).Should().BeApproximately(y[i], 0.1, "labels stand 4 below their ticks");
        }
    }

    [Fact]
    public void A_logarithmic_axis_has_equal_steps_for_equal_factors_and_leaves_out_what_is_not_above_zero()
    {
        var svg = ChartDrawing.Draw(Chart(new ReportCurve("curve", [1, 2, 3, 4], [1, 0, 100, 10_000])) with { LogarithmicY = true }, "c");
        var drawn = Numbers().Matches(Curve(svg)).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture)).ToList();
        drawn.Should().HaveCount(6);
        (drawn[1] - drawn[3]).Should().BeApproximately(drawn[3] - drawn[5], 0.02);
        svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).Should().Contain(["1", "100"]);
    }

    [Fact]
    public void All_colours_are_the_style_sheets_and_nothing_is_written_in_a_font_of_this_machine()
    {
        var svg = ChartDrawing.Draw(
            Chart(
                new ReportCurve("a", [1, 2], [1, 2]) { Spread = [0.1, 0.2] },
                new ReportCurve("b", [1, 2], [2, 1]) { Style = CurveStyle.Dashes },
                new ReportCurve("c", [1, 2], [2, 1]) { Style = CurveStyle.Points, Spread = [0.1, 0.2] },
                new ReportCurve("d", [1, 2], [2, 1]) { Style = CurveStyle.Bars },
                new ReportCurve("e", [1, 2], [2, 3]) { Style = CurveStyle.Steps }) with
            { Marks = [(1.5, "mark")], Levels = [(1.5, "level")] }, "c7-");
        var colours = svg.DescendantsAndSelf().Attributes().Where(a => a.Name.LocalName is "fill" or "stroke")
            .Select(a => a.Value).ToList();
        colours.Where(colour => colour != "none" && !colour.StartsWith("var(--", StringComparison.Ordinal)).Should().BeEmpty();
        colours.Should().Contain(["var(--s0)", "var(--s1)", "var(--s2)", "var(--s3)", "var(--s4)", "var(--mark)", "var(--grid)"]);
        svg.DescendantsAndSelf().Attributes().Should().NotContain(a => a.Name.LocalName == "font-family");
        svg.Descendants().Attributes("id").Should().OnlyContain(id => id.Value.StartsWith("c7-"));
    }

    [Fact]
    public void What_a_chart_shows_is_told_in_words()
    {
        var chart = Chart(new ReportCurve("training", [1, 2, 3], [30, 10, 20])) with { Marks = [(2, "best epoch")] };
        ChartText.Describe(chart).Should().Be(
            "Caption: y, nats against x. training: from 30.00 to 20.00, between 10.00 and 30.00. best epoch at 2.000.");
    }

    [Fact]
    public void Curves_of_one_colour_have_points_of_different_shapes()
        => Enumerable.Range(0, 24).Select(i => (ChartInk.Variable(i), ChartInk.ShapeNumber(i))).Should().OnlyHaveUniqueItems();

    [Fact]
    public void Lines_differ_without_their_colours_in_the_chart_and_in_the_legend_alike()
    {
        var chart = Chart([.. Enumerable.Range(0, 6).Select(i => new ReportCurve($"run {i}", [1, 2], [i, i + 1])
            {
                Style = i == 2 ? CurveStyle.Steps : i == 3 ? CurveStyle.LineAndPoints : CurveStyle.Line,
                Spread = i == 4 ? [0.1, 0.1] : null,
            }),
            new("reference", [1, 2], [3, 3]) { Style = CurveStyle.Dashes },
            new("other reference", [1, 2], [4, 4]) { Style = CurveStyle.Dashes },
        ]);
        var svg = ChartDrawing.Draw(chart, "c");
        string?[] drawn = [.. Enumerable.Range(0, 8).Select(i => svg.Descendants()
            .Where(e => (string?)e.Attribute("stroke") == ChartInk.Variable(i)).Select(e => (string?)e.Attribute("stroke-dasharray"))
            .Distinct().Single())];
        drawn.Should().OnlyHaveUniqueItems();
        (drawn[0], drawn[6]).Should().Be((null, "6 4"));
        string?[] signs = [.. ChartText.Legend(chart).Select(entry => (string?)entry.Sign.DescendantsAndSelf()
            .First(e => e.Attribute("stroke") is not null).Attribute("stroke-dasharray"))];
        signs.Should().Equal(drawn);
    }

    [Fact]
    public void A_curve_keeps_its_dashes_where_others_are_missing_and_two_of_one_colour_differ()
    {
        ReportCurve Of(int colour) => new("run", [1], [1]) { Colour = colour };
        CurveDashes.Of(Chart(Of(3), Of(5)))[0].Should().Be(CurveDashes.Of(Chart(Of(0), Of(1), Of(2), Of(3)))[3]);
        CurveDashes.Of(Chart(Of(2), Of(2), Of(0), Of(8))).Should().OnlyHaveUniqueItems();
        CurveDashes.Of(Chart([.. Enumerable.Range(0, 30).Select(Of)])).Should().HaveCount(30, "patterns begin again");
    }

    [Fact]
    public void A_chart_alone_is_a_file_with_its_own_style()
    {
        using var folder = new TemporaryFolder();
        (Chart(new("<b>", [1, 2], [1, 2]), new("other", [1, 2], [2, 3])) with { Caption = "<script>" }).Save(folder["chart.svg"]);
        var file = XDocument.Load(folder["chart.svg"]).Root!;
        file.Name.LocalName.Should().Be("svg");
        file.Descendants().Select(e => e.Name.LocalName).Should().Contain("style").And.NotContain(["script", "b"]);
        file.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).Should().Contain(["<script>", "<b>", "other"]);
    }

    [Theory]
    [InlineData(new double[0])]
    [InlineData(new[] { double.NaN, double.PositiveInfinity })]
    [InlineData(new[] { 5.0 })]
    [InlineData(new[] { 5.0, 5.0, 5.0 })]
    public void Few_or_equal_or_no_values_are_drawn_too(double[] values)
        => ChartDrawing.Draw(Chart(new ReportCurve("a", [.. values.Select((_, i) => (double)i)], values)), "c").Should().NotBeNull();

    private static ReportChart Chart(params ReportCurve[] curves) => new() { Caption = "Caption", X = "x", Y = "y, nats", Curves = curves };

    private static string Curve(XElement svg) => svg.Descendants().Where(
        e => e.Name.LocalName == "path" && (string?)e.Attribute("stroke") == "var(--s0)").Select(e => (string)e.Attribute("d")!).Single();

    // From two labels of an axis to the value at any place of it.
    private static Func<double, double> Scale(XElement svg, string anchor, string axis)
    {
        var labels = svg.Descendants().Where(e => e.Name.LocalName == "text" && (string?)e.Attribute("text-anchor") == anchor
            && e.Attribute("class") is null)
            .Select(e => (At: (double)e.Attribute(axis)!, Value: double.Parse(e.Value, CultureInfo.InvariantCulture)))
            .ToList();
        var (first, last) = (labels[0], labels[^1]);
        return at => first.Value + (at - first.At) / (last.At - first.At) * (last.Value - first.Value);
    }

    [GeneratedRegex("-?\\d+(\\.\\d+)?")]
    private static partial Regex Numbers();
}
