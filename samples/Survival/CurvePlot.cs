using System.Globalization;
using System.Text;
using VaeToolkit.DeepSurvival;

namespace VaeToolkit.Samples;

/// <summary>
/// Survival curves of one patient under each combination of treatments, with two standard errors of the draws, as an SVG file.
/// </summary>
internal static class CurvePlot
{
    private const int Width = 720, Height = 420, Margin = 50, Points = 120;

    // Okabe and Ito's colours, which people of every colour vision can tell apart.
    private static readonly string[] s_colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#000000"];

    public static void Save(string path, SurvivalPrediction prediction, int patient, double until)
    {
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" "
            + $"height=\"{Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        Axes(svg, until);
        for (var t = 0; t < prediction.Treatments.Count; t++)
            Curve(svg, prediction.For(patient, t), until, s_colours[t % s_colours.Length], t, prediction.Treatments.Describe(t));
        svg.AppendLine("</svg>");
        File.WriteAllText(path, svg.ToString());
    }

    private static void Axes(StringBuilder svg, double until)
    {
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<path d=\"M{Margin} {Margin} V{Height - Margin} H{Width - Margin}\" fill=\"none\" stroke=\"black\"/>");
        for (var i = 0; i <= 4; i++)
        {
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"<text x=\"{Margin - 8}\" y=\"{Y(i / 4.0) + 4:F1}\" text-anchor=\"end\">{i / 4.0:0.##}</text>");
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"<text x=\"{X(i / 4.0):F1}\" y=\"{Height - Margin + 18}\" text-anchor=\"middle\">{until * i / 4:G3}</text>");
        }
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Width / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">time</text>");
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<text x=\"{Margin}\" y=\"{Margin - 18}\">probability of no event, with two standard errors of the draws</text>");
    }

    private static void Curve(StringBuilder svg, PredictiveDistribution predicted, double until, string colour, int index, string label)
    {
        var estimates = Enumerable.Range(1, Points)
            .Select(i => (At: (double)i / Points, S: predicted.Survival(until * i / Points))).ToArray();
        var upper = estimates.Select(e => Point(e.At, e.S.Value + 2 * e.S.StandardError));
        var lower = estimates.Reverse().Select(e => Point(e.At, e.S.Value - 2 * e.S.StandardError));
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<polygon fill=\"{colour}\" fill-opacity=\"0.15\" points=\"{string.Join(' ', upper.Concat(lower))}\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" "
            + $"points=\"{Point(0, 1)} {string.Join(' ', estimates.Select(e => Point(e.At, e.S.Value)))}\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Width - Margin}\" y=\"{Margin + 16 * index}\" "
            + $"text-anchor=\"end\" fill=\"{colour}\">{(label.Length > 0 ? label : "predicted")}</text>");
    }

    private static string Point(double x, double y) => FormattableString.Invariant($"{X(x):F1},{Y(Math.Clamp(y, 0, 1)):F1}");

    private static double X(double share) => Margin + share * (Width - 2 * Margin);

    private static double Y(double probability) => Height - Margin - probability * (Height - 2 * Margin);
}
