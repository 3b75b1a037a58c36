using System.Globalization;
using System.Text;

namespace VaeToolkit.Samples;

/// <summary>Bounds of log p(x) against the number of samples on a logarithmic axis, as an SVG file.</summary>
internal static class BoundPlot
{
    private const int Width = 640, Height = 400, Margin = 60;

    public static void Save(string path, IReadOnlyList<int> samples, IReadOnlyList<double> bounds, double annealed)
    {
        var (low, high) = (Math.Min(bounds.Min(), annealed) - 1, Math.Max(bounds.Max(), annealed) + 1);
        var points = samples.Zip(bounds, (k, bound) => (X: X(k), Y: Y(bound))).ToArray();
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" "
            + $"height=\"{Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{Margin}\" x2=\"{Width - Margin}\" y1=\"{Y(annealed):F1}\" "
            + $"y2=\"{Y(annealed):F1}\" stroke=\"#c33\" stroke-dasharray=\"6 4\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<text x=\"{Margin}\" y=\"{Y(annealed) - 6:F1}\" fill=\"#c33\">annealed importance sampling, {annealed:F2}</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"#247\" stroke-width=\"2\" "
            + $"points=\"{string.Join(' ', points.Select(p => FormattableString.Invariant($"{p.X:F1},{p.Y:F1}")))}\"/>");
        foreach (var ((x, y), i) in points.Select((point, i) => (point, i)))
        {
            svg.AppendLine(CultureInfo.InvariantCulture, $"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"4\" fill=\"#247\"/><text "
                + $"x=\"{x:F1}\" y=\"{y + 18:F1}\" text-anchor=\"middle\">{bounds[i]:F2}</text>");
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"<text x=\"{x:F1}\" y=\"{Height - Margin + 20}\" text-anchor=\"middle\">{samples[i]}</text>");
        }
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<text x=\"{Width / 2}\" y=\"{Height - 15}\" text-anchor=\"middle\">importance samples K</text>");
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<text x=\"{Width / 2}\" y=\"25\" text-anchor=\"middle\">mean lower bound of log p(x), nats</text>");
        svg.AppendLine("</svg>");
        File.WriteAllText(path, svg.ToString());

        double X(int k) => Margin + Math.Log(k) / Math.Log(samples[^1]) * (Width - 2 * Margin);
        double Y(double bound) => Height - Margin - (bound - low) / (high - low) * (Height - 2 * Margin);
    }
}
