using System.Globalization;
using System.Text;
using VaeToolkit.SemiSupervised;

namespace VaeToolkit.Samples;

/// <summary>Information against rate as an SVG file: the exact curve of Gaussian views, and trained points.</summary>
internal static class CurvePlot
{
    private const int Width = 640, Height = 400, Margin = 60;

    public static void Save(string path, GaussianBottleneck exact, InformationCurve curve)
    {
        var largest = curve.Points.Max(p => p.Point.Rate) * 1.1 + 0.01;
        var line = Enumerable.Range(1, 200).Select(i => exact.At(1 + 0.1 * i)).Where(p => p.Rate <= largest).Prepend((0.0, 0.0)).ToList();
        var highest = Math.Max(line.Max(p => p.Item2), curve.Points.Max(p => p.Point.Information!.Value)) * 1.1 + 0.01;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" "
            + $"height=\"{Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"#999\" points=\"{Margin},{Margin} "
            + $"{Margin},{Height - Margin} {Width - Margin},{Height - Margin}\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"#c33\" stroke-width=\"2\" "
            + $"points=\"{string.Join(' ', line.Select(p => FormattableString.Invariant($"{X(p.Item1):F1},{Y(p.Item2):F1}")))}\"/>");
        foreach (var point in curve.Points)
        {
            var (x, y) = (X(point.Point.Rate), Y(point.Point.Information!.Value));
            svg.AppendLine(CultureInfo.InvariantCulture, $"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"4\" fill=\"#247\"/><text "
                + $"x=\"{x + 6:F1}\" y=\"{y + 14:F1}\">β {point.BetaOnInformation:G3}</text>");
        }
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<text x=\"{Width / 2}\" y=\"{Height - 15}\" text-anchor=\"middle\">rate R, nats (to {largest:F2})</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Width / 2}\" y=\"25\" text-anchor=\"middle\">information "
            + $"about the target, nats (to {highest:F2}); red: closed form</text>");
        svg.AppendLine("</svg>");
        File.WriteAllText(path, svg.ToString());

        double X(double rate) => Margin + rate / largest * (Width - 2 * Margin);
        double Y(double information) => Height - Margin - information / highest * (Height - 2 * Margin);
    }
}
