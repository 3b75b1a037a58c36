using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace VaeToolkit.Reports;

/// <summary>Blocks as elements of a page.</summary>
internal sealed partial class BlockHtml
{
    private readonly Dictionary<string, int> _regions = [];
    private int _charts;

    /// <summary>Blocks in order; charts that follow one another stand side by side where there is room.</summary>
    public IEnumerable<XElement> Of(IReadOnlyList<ReportBlock> blocks)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i] is ReportChart)
            {
                var charts = blocks.Skip(i).TakeWhile(block => block is ReportChart).Cast<ReportChart>().ToList();
                yield return Html.Element("div", ("class", "charts")).With(charts.Select(Of));
                i += charts.Count - 1;
                continue;
            }
            yield return blocks[i] switch
            {
                ReportText text => Html.Element("p").With(text.Text),
                ReportTable table => Of(table),
                ReportHeatMap map => Of(map),
                ReportPictures pictures => Of(pictures),
                var other => throw new NotSupportedException($"a page has no {other.GetType().Name}"),
            };
        }
    }

    private XElement Of(ReportChart chart)
    {
        var svg = ChartDrawing.Draw(chart, string.Create(CultureInfo.InvariantCulture, $"c{_charts++}-"));
        svg.SetAttributeValue("class", "chart");
        svg.SetAttributeValue("role", "img");
        svg.SetAttributeValue("aria-label", Html.Clean(ChartText.Describe(chart)));
        var legend = ChartText.Legend(chart).Select(entry => Html.Element("li").With(
            Html.Svg("svg", ("viewBox", "0 0 26 10"), ("aria-hidden", "true")).With(entry.Sign), entry.Name)).ToList();
        return Html.Element("figure").With(
            Html.Element("figcaption").With(chart.Caption), svg,
            legend.Count == 0 ? null : Html.Element("ul", ("class", "legend")).With(legend));
    }

    private static XElement Of(ReportPictures pictures) => Html.Element("figure").With(
        Html.Element("figcaption").With(pictures.Caption),
        Html.Element(
            "img", ("alt", pictures.Description), ("width", pictures.Width.ToString(CultureInfo.InvariantCulture)),
            ("src", "data:image/png;base64," + Convert.ToBase64String(pictures.Png))));

    private XElement Of(ReportTable table)
    {
        // A column is set to the right when all that is in it are numbers.
        bool[] numbers = [.. table.Columns.Select((_, c) => c > 0 && table.Rows.All(row => IsNumber(row[c])))];
        var head = Html.Element("tr").With(table.Columns.Select((name, c) => Html.Element(
            "th", ("scope", "col"), ("class", numbers[c] ? "n" : null)).With(name)));
        var rows = table.Rows.Select(row => Html.Element("tr").With(row.Select((cell, c) => c == 0
            ? Html.Element("th", ("scope", "row")).With(cell)
            : Html.Element("td", ("class", numbers[c] ? "n" : null)).With(cell))));
        var scroll = Scroll(table.Caption, Html.Element("table").With(
            table.IsFolded ? null : Caption(table.Caption), Html.Element("thead").With(head),
            Html.Element("tbody").With(rows)));
        return table.IsFolded ? Html.Element("details").With(Html.Element("summary").With(table.Caption), scroll) : scroll;
    }

    private XElement Of(ReportHeatMap map)
    {
        var head = Html.Element("tr").With(
            Html.Element("th", ("scope", "col")).With($"{map.RowTitle} ↓ {map.ColumnTitle} →"),
            map.Columns.Select(name => Html.Element("th", ("scope", "col")).With(name)));
        var shades = new HeatShades(map.Values.Cast<double>());
        var format = Digits.Format(map.Values.Cast<double>());
        var rows = map.Rows.Select((name, r) => Html.Element("tr").With(
            Html.Element("th", ("scope", "row")).With(name), map.Columns.Select((_, c) => Html.Element(
                "td", ("style", shades.Style(map.Values[r, c]))).With(map.Texts?[r, c] ?? Text(map.Values[r, c])))));
        return Scroll(map.Caption, Html.Element("table", ("class", "heat")).With(
            Caption(map.Caption), Html.Element("thead").With(head), Html.Element("tbody").With(rows)));

        string Text(double value) => double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);
    }

    // Within a table that scrolls it stays in view and is no wider than the page.
    private static XElement Caption(string text) => Html.Element("caption").With(Html.Element("span").With(text));

    // What may be wider than the page scrolls by itself, with the keyboard too. Screen readers list such regions by their names.
    private XElement Scroll(string name, XElement table)
    {
        var number = _regions[name] = _regions.GetValueOrDefault(name) + 1;
        var label = number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name} ({number})");
        return Html.Element("div", ("class", "scroll"), ("role", "region"), ("tabindex", "0"), ("aria-label", label)).With(table);
    }

    private static bool IsNumber(string cell) => cell.Length == 0 || Number().IsMatch(cell);

    [GeneratedRegex("^[-−+]?[\\d.,]+(e[-+]?\\d+)?( ± [\\d.,]+)?( ?(%|s|ms))?$")]
    private static partial Regex Number();
}
