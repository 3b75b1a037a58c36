using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ScottPlot;

namespace VaeToolkit.Reports;

/// <summary>
/// The colours that ScottPlot is given, none of which is seen: each stands for a variable of the style sheet, which has one value for
/// light pages and one for dark ones.
/// </summary>
internal static partial class ChartInk
{
    /// <summary>Colours of the palette; a curve more begins again.</summary>
    public const int Colours = 8;

    private const byte Line = 0x0A, Other = 0x0C;
    private static readonly string[] s_others = ["var(--axis)", "var(--grid)", "var(--mark)"];

    private static readonly MarkerShape[] s_shapes =
        [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond];

    public static Color Axis { get; } = new(Other, Other, 0);

    public static Color Grid { get; } = new(Other, Other, 1);

    public static Color Mark { get; } = new(Other, Other, 2);

    /// <summary>The variable of a curve's colour.</summary>
    public static string Variable(int curve) => string.Create(CultureInfo.InvariantCulture, $"var(--s{curve % Colours})");

    /// <summary>A curve's colour, which also tells how its line is broken (<see cref="CurveDashes"/>).</summary>
    public static Color Curve(int curve, int dashes) => new(Line, Line, (byte)(curve % Colours + Colours * dashes));

    /// <summary>Curves differ in the shape of their points too, for those who see no difference in colour.</summary>
    public static MarkerShape Shape(int curve) => s_shapes[ShapeNumber(curve)];

    /// <summary>The shape's number; a curve that has an earlier one's colour has another shape.</summary>
    public static int ShapeNumber(int curve) => (curve + curve / Colours) % s_shapes.Length;

    /// <summary>Puts the style sheet's colours in, shortens the numbers, and makes the names of clip paths the chart's own.</summary>
    public static XElement Resolve(XElement svg, string prefix)
    {
        svg.SetAttributeValue("width", null);
        svg.SetAttributeValue("height", null);
        svg.Attributes().Where(attribute => attribute.IsNamespaceDeclaration && attribute.Name.LocalName != "xmlns").Remove();
        foreach (var element in svg.DescendantsAndSelf())
        {
            foreach (var attribute in element.Attributes().Where(attribute => !attribute.IsNamespaceDeclaration).ToList())
                Resolve(element, attribute, prefix);
        }
        return svg;
    }

    private static void Resolve(XElement element, XAttribute attribute, string prefix)
    {
        var value = attribute.Value;
        if (Placeholder().Match(value) is { Success: true } colour)
        {
            var number = int.Parse(colour.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var kind = byte.Parse(colour.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            attribute.Value = kind == Other ? s_others[number] : Variable(number);
            if (attribute.Name.LocalName == "stroke")
                element.SetAttributeValue("stroke-dasharray", CurveDashes.Pattern(DashesOf(kind, number)));
            return;
        }
        attribute.Value = attribute.Name.LocalName == "id" ? prefix + value
            : value.StartsWith("url(#", StringComparison.Ordinal) ? "url(#" + prefix + value[5..]
            : LongNumber().Replace(value, match =>
                double.Parse(match.Value, CultureInfo.InvariantCulture).ToString("0.##", CultureInfo.InvariantCulture));
    }

    // The third of the others is that of marks.
    private static int DashesOf(byte kind, int number) => kind == Line ? number / Colours : number == 2 ? CurveDashes.Reference : 0;

    [GeneratedRegex("^#(0[AC])\\1([0-9A-F]{2})$", RegexOptions.IgnoreCase)]
    private static partial Regex Placeholder();

    [GeneratedRegex("\\d+\\.\\d{3,}")]
    private static partial Regex LongNumber();
}
