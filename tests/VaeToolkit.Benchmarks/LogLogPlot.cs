using System.Globalization;
using System.Text;

namespace VaeToolkit.Benchmarks;

/// <summary>Seconds against a size on logarithmic axes, as an SVG file with a dashed line of slope 1.</summary>
internal static class LogLogPlot
{
    private const int Width = 480, Height = 360, Margin = 55;

    /// <summary>The slope of the least-squares line through the logarithms.</summary>
    public static double Slope(IReadOnlyList<(double Size, double Seconds)> points)
        => MathNet.Numerics.Fit.Line([.. points.Select(p => Math.Log(p.Size))], [.. points.Select(p => Math.Log(p.Seconds))]).B;

    public static void Save(string path, string title, IReadOnlyList<(double Size, double Seconds)> points)
    {
        var (left, right) = (Math.Log(points[0].Size), Math.Log(points[^1].Size));
        var low = Math.Log(points.Min(p => p.Seconds)) - 0.5;
        var high = Math.Max(Math.Log(points.Max(p => p.Seconds)), Math.Log(points[0].Seconds) + right - left) + 0.5;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" "
            + $"font-size=\"11\">");
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<rect width=\"100%\" height=\"100%\" fill=\"white\"/><text x=\"{Width / 2}\" y=\"20\" "
            + $"text-anchor=\"middle\">{title}: slope {Slope(points):F2}</text>");
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<line x1=\"{X(left):F1}\" y1=\"{Y(Math.Log(points[0].Seconds)):F1}\" x2=\"{X(right):F1}\" "
            + $"y2=\"{Y(Math.Log(points[0].Seconds) + right - left):F1}\" stroke=\"#999\" stroke-dasharray=\"5 4\"/>");
        foreach (var (size, seconds) in points)
        {
            Line($"<circle cx=\"{X(Math.Log(size)):F1}\" cy=\"{Y(Math.Log(seconds)):F1}\" r=\"4\" fill=\"#247\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"<text x=\"{X(Math.Log(size)):F1}\" y=\"{Y(Math.Log(seconds)) - 8:F1}\" "
                + $"text-anchor=\"middle\">{seconds * 1e3:G3} ms</text>");
            Line($"<text x=\"{X(Math.Log(size)):F1}\" y=\"{Height - Margin + 18}\" text-anchor=\"middle\">{size}</text>");
        }
        svg.AppendLine("</svg>");
        File.WriteAllText(path, svg.ToString());

        void Line(FormattableString text) => svg.AppendLine(text.ToString(CultureInfo.InvariantCulture));
        double X(double logSize) => Margin + (logSize - left) / (right - left) * (Width - 2 * Margin);
        double Y(double logSeconds) => Height - Margin - (logSeconds - low) / (high - low) * (Height - 2 * Margin);
    }
}
