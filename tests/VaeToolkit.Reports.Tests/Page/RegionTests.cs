using System.Xml.Linq;

namespace VaeToolkit.Reports.Tests.Page;

public sealed class RegionTests
{
    [Fact]
    public void Regions_of_one_caption_have_names_of_their_own()
    {
        using var folder = new TemporaryFolder();
        var section = ReportSections.TaskMatrix("nats", new[,] { { 1.0, 2.0 }, { 3.0, 4.0 } });
        var page = File.ReadAllText(Report.WritePage(
            folder["page.html"], "Page", [section, section with { Title = "Others" }, section with { Title = "Last" }]));
        XDocument.Parse(page["<!DOCTYPE html>\n".Length..]).Descendants().Where(e => (string?)e.Attribute("role") == "region")
            .Select(e => (string)e.Attribute("aria-label")!).Should().Equal("nats", "nats (2)", "nats (3)");
    }
}
