using System.Globalization;
using System.Text;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>A score against n as an SVG file: a line for each method, with bars of one standard error over subsets.</summary>
internal static class ScorePlot
{
    private const int Width = 560, Height = 400, Margin = 55, Legend = 90;
    private static readonly string[] s_colours = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2"];

    public static void Save(
        string path, string title, Table table, IReadOnlyList<TargetMethod> methods, IReadOnlyList<int> sizes, Func<Cell, double> score)
    {
        var summaries =
            methods.Select(method => sizes.Select(size => ScoreSummary.Of(table.MeansBySubset(method, size, score))).ToList()).ToList();
        var low = Math.Floor(20 * summaries.Min(line => line.Min(point => point.Mean - Error(point)))) / 20;
        var high = Math.Ceiling(20 * summaries.Max(line => line.Max(point => point.Mean + Error(point)))) / 20;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" "
            + $"font-size=\"11\">");
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<rect width=\"100%\" height=\"100%\" fill=\"white\"/><text x=\"{Width / 2}\" y=\"20\" "
            + $"text-anchor=\"middle\">{title} against n, ± standard error over subsets</text>");
        for (var step = 0; step <= 5; step++)
            Tick(low + (high - low) * step / 5);
        for (var i = 0; i < sizes.Count; i++)
            Line($"<text x=\"{X(i):F1}\" y=\"{Height - Margin + 18}\" text-anchor=\"middle\">{sizes[i]}</text>");
        for (var m = 0; m < methods.Count; m++)
            Draw(m);
        svg.AppendLine("</svg>");
        File.WriteAllText(path, svg.ToString());

        void Line(FormattableString text) => svg.AppendLine(text.ToString(CultureInfo.InvariantCulture));
        // Methods stand a little apart so that their bars can be told from each other.
        double X(double place, int method = 0)
            => Margin + 20 + place / Math.Max(1, sizes.Count - 1) * (Width - Margin - Legend - 40) + 3 * method;
        double Y(double value) => Height - Margin - (value - low) / (high - low) * (Height - 2 * Margin);
        void Tick(double value)
        {
            Line($"<line x1=\"{Margin}\" y1=\"{Y(value):F1}\" x2=\"{Width - Legend}\" y2=\"{Y(value):F1}\" stroke=\"#ddd\"/>");
            Line($"<text x=\"{Margin - 6}\" y=\"{Y(value) + 4:F1}\" text-anchor=\"end\">{value:F2}</text>");
        }
        void Draw(int method)
        {
            var (line, colour) = (summaries[method], s_colours[method % s_colours.Length]);
            var points = string.Join(' ', line.Select((point, i) => FormattableString.Invariant($"{X(i, method):F1},{Y(point.Mean):F1}")));
            Line($"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>");
            for (var i = 0; i < line.Count; i++)
                svg.AppendLine(CultureInfo.InvariantCulture,
                    $"<line x1=\"{X(i, method):F1}\" y1=\"{Y(line[i].Mean - Error(line[i])):F1}\" x2=\"{X(i, method):F1}\" "
                    + $"y2=\"{Y(line[i].Mean + Error(line[i])):F1}\" stroke=\"{colour}\" stroke-width=\"2\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"<text x=\"{Width - Legend + 8}\" y=\"{Margin + 16 * method}\" "
                + $"fill=\"{colour}\">{Cell.ShortName(methods[method])}</text>");
        }
    }

    private static double Error(ScoreSummary summary) => summary.Count > 1 ? summary.StandardError : 0;
}
