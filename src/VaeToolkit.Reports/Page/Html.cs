using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace VaeToolkit.Reports;

/// <summary>
/// The only way in which anything gets into a page: elements whose text and attributes the XML writer encodes. There is no way to put
/// markup in as text, so what a file or a label holds stays text.
/// </summary>
internal static class Html
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";
    private static readonly HashSet<string> s_void = ["meta", "img", "br", "link", "hr"];

    public static XElement Element(string name, params ReadOnlySpan<(string Name, string? Value)> attributes)
        => Fill(new XElement(name), attributes);

    public static XElement Svg(string name, params ReadOnlySpan<(string Name, string? Value)> attributes)
        => Fill(new XElement(s_svg + name), attributes);

    /// <summary>Adds elements or text.</summary>
    public static XElement With(this XElement element, params object?[] content)
    {
        foreach (var item in content)
            element.Add(item is string text ? new XText(Clean(text)) : item);
        return element;
    }

    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Writes a whole page as UTF-8.</summary>
    public static void Write(XElement page, Stream stream)
    {
        // An element that closes itself is open in HTML, unless it is one of the empty ones.
        foreach (var element in page.DescendantsAndSelf().ToList())
        {
            if (element.IsEmpty && element.Name.Namespace == XNamespace.None && !s_void.Contains(element.Name.LocalName))
                element.Value = "";
        }
        stream.Write("<!DOCTYPE html>\n"u8);
        using var writer = XmlWriter.Create(
            stream, new() { OmitXmlDeclaration = true, NewLineHandling = NewLineHandling.None, Encoding = new UTF8Encoding(false) });
        page.WriteTo(writer);
    }

    private static XElement Fill(XElement element, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        foreach (var (name, value) in attributes)
            element.SetAttributeValue(name, value is null ? null : Clean(value));
        return element;
    }

    /// <summary>Text without what no document can hold: control characters and halves of surrogate pairs.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            clean.Append(rune.Value > char.MaxValue || XmlConvert.IsXmlChar((char)rune.Value) ? rune.ToString() : "\uFFFD");
        return clean.ToString();
    }
}
