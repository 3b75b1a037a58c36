using System.Globalization;
using System.Xml.Linq;
using VaeToolkit.Storage;

namespace VaeToolkit.Reports;

/// <summary>A page: heading, summary, what to look at, figures at a glance, a list of the sections, and the sections.</summary>
internal sealed record ReportPage(string Title, string? Summary, IReadOnlyList<ReportSection> Sections)
{
    // Nothing is loaded from anywhere and no script runs, whatever gets into the page.
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

    public IReadOnlyList<RunFinding> Findings { get; init; } = [];

    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];

    /// <summary>What the footer says of the figures.</summary>
    public string? Note { get; init; }

    public void Save(string path)
    {
        var page = ToHtml();
        AtomicFile.Write(path, stream => Html.Write(page, stream));
    }

    private XElement ToHtml()
    {
        var blocks = new BlockHtml();
        var sections = Sections.Where(section => section.Blocks.Count > 0).ToList();
        return Html.Element("html", ("lang", "en")).With(
            Html.Element("head").With(
                Html.Element("meta", ("charset", "utf-8")),
                Html.Element("meta", ("http-equiv", "Content-Security-Policy"), ("content", Policy)),
                Html.Element("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")),
                Html.Element("title").With(Title),
                Html.Element("style").With(StyleSheet.Text)),
            Html.Element("body").With(
                Html.Element("a", ("class", "skip"), ("href", "#content")).With("Skip to the sections"),
                Header(),
                sections.Count < 2 ? null : Html.Element("nav", ("aria-label", "Sections")).With(Html.Element("ul").With(
                    sections.Select((section, i) => Html.Element("li").With(
                        Html.Element("a", ("href", "#" + Id(i))).With(section.Title))))),
                Html.Element("main", ("id", "content")).With(sections.Select((section, i) => Of(section, i, blocks))),
                Html.Element("footer").With("Written by VaeToolkit.Reports. " + Note)));
    }

    private XElement Header() => Html.Element("header").With(
        Html.Element("h1").With(Title),
        Summary is null ? null : Html.Element("p", ("class", "summary")).With(Summary),
        Findings.Count == 0 ? null : Html.Element("ul", ("class", "findings"), ("aria-label", "What to look at")).With(
            Findings.Select(finding => Html.Element("li").With(finding.Text))),
        Facts.Count == 0 ? null : Html.Element("dl", ("class", "facts")).With(Facts.Select(fact => Html.Element("div").With(
            Html.Element("dt").With(fact.Name), Html.Element("dd").With(fact.Value)))));

    private static XElement Of(ReportSection section, int index, BlockHtml blocks)
        => Html.Element("section", ("id", Id(index)), ("aria-labelledby", Id(index) + "-title")).With(
            Html.Element("h2", ("id", Id(index) + "-title")).With(section.Title), blocks.Of(section.Blocks));

    private static string Id(int index) => string.Create(CultureInfo.InvariantCulture, $"section-{index + 1}");
}
