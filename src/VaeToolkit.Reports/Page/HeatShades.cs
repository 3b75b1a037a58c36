using System.Globalization;

namespace VaeToolkit.Reports;

/// <summary>
/// Colours for values, from pale yellow to dark blue: in order of lightness too, so that they can be told apart without colour.
/// </summary>
internal sealed class HeatShades
{
    // Between which the shades lie; the middle is Okabe and Ito's green-blue.
    private static readonly (double At, double R, double G, double B)[] s_stops =
        [(0, 255, 250, 210), (0.5, 86, 180, 200), (1, 8, 48, 107)];

    // Of values that are equal but for it none is darker.
    private const double Rounding = 1e-12;

    private readonly double _least;
    private readonly double _span;

    public HeatShades(IEnumerable<double> values)
    {
        List<double> finite = [.. values.Where(double.IsFinite)];
        _least = finite.Count > 0 ? finite.Min() : 0;
        _span = finite.Count > 0 ? finite.Max() - _least : 0;
    }

    /// <summary>Ground and text colour of a cell; null for a value that is no number.</summary>
    public string? Style(double value)
    {
        if (!double.IsFinite(value))
            return null;
        var place = _span > 0 && _span > Rounding * Math.Abs(_least) ? (value - _least) / _span : 0;
        var (from, to) = place < 0.5 ? (s_stops[0], s_stops[1]) : (s_stops[1], s_stops[2]);
        var share = (place - from.At) / (to.At - from.At);
        double Mix(double a, double b) => Math.Round(a + share * (b - a));
        var (r, g, b) = (Mix(from.R, to.R), Mix(from.G, to.G), Mix(from.B, to.B));
        // Of black and white the one with the greater contrast, WCAG 2.2.
        var ink = Luminance(r, g, b) > 0.179 ? "#000" : "#fff";
        return string.Create(CultureInfo.InvariantCulture, $"background:rgb({r} {g} {b});color:{ink}");
    }

    private static double Luminance(double r, double g, double b)
    {
        static double Linear(double value) => value <= 10.31475 ? value / 255 / 12.92 : Math.Pow((value / 255 + 0.055) / 1.055, 2.4);
        return 0.2126 * Linear(r) + 0.7152 * Linear(g) + 0.0722 * Linear(b);
    }
}
