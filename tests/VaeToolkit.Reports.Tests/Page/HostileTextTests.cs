using System.Text.RegularExpressions;
using System.Xml.Linq;
using VaeToolkit.Training;

namespace VaeToolkit.Reports.Tests.Page;

/// <summary>What labels, names and settings hold is text, whatever it looks like.</summary>
public sealed partial class HostileTextTests
{
    private const string Attack = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;</style></title>\u0000\uD800";

    [Fact]
    public void Settings_names_and_the_folders_own_name_are_text()
    {
        using var run = new MadeRun("a<script>b&").WithEpochs([9, 8], [9, 8], _ => new() { [Attack] = 1, ["lambda" + Attack] = 2 })
            .WithOptions("""{ "epochs": 2, "note <script>alert(2)</script>": "\"><script>alert(3)</script>" }""")
            .WithState(Attack, new() { [Attack] = Attack });
        Assert(run.Report(new() { DataName = Attack, Sections = [Everything()] }), expected: 20);
    }

    [Fact]
    public void A_page_of_sections_alone_and_a_comparison_are_text_too()
    {
        using var folder = new TemporaryFolder();
        Assert(File.ReadAllText(Report.WritePage(folder["page.html"], Attack, [Everything()], Attack)), expected: 12);
        using var one = new MadeRun("<script>1").WithEpochs([9, 8], null).WithState(Attack, new() { ["a"] = Attack });
        using var two = new MadeRun("<script>2").WithEpochs([9, 7], null).WithState("Elbo", new() { ["a"] = "b" });
        Assert(File.ReadAllText(Report.Compare([one.Folder, two.Folder], folder["compare.html"])), expected: 4);
    }

    [Fact]
    public void Names_of_labels_are_text()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var seed = SeedScope.Begin(2);
        using var vae = new Vae(
            new MlpEncoder(4, 2, [3]), new MlpDecoder(2, [3], ObservationModel.Bernoulli(4)), new StandardNormalPrior(2));
        using var data = new TensorData(TorchSharp.torch.rand(40, 4).round(), TorchSharp.torch.arange(40) % 2);
        using var run = new MadeRun().WithEpochs([9, 8], null);
        Assert(run.Report(new() { Data = data, Model = vae, LabelNames = [Attack, "<script>one</script>"] }), expected: 4);
    }

    private static ReportSection Everything()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        return new(Attack,
            new ReportText(Attack),
            new ReportTable(Attack, ["a", Attack], [[Attack, Attack]]),
            new ReportHeatMap(Attack, Attack, Attack, [Attack], [Attack], new[,] { { 1.0 } }) { Texts = new[,] { { Attack } } },
            new ReportChart
            {
                Caption = Attack,
                X = Attack,
                Y = Attack,
                Curves = [new(Attack, [1, 2], [1, 2]), new(Attack, [1, 2], [1, 2])],
                Marks = [(1, Attack)],
            },
            ReportPictures.Of(Attack, Attack, TorchSharp.torch.zeros(1, 2, 2)));
    }

    private static void Assert(string page, int expected)
    {
        page.Should().StartWith("<!DOCTYPE html>\n<html");
        // The page is XML as well, so a parser that knows nothing of us says what is an element.
        var html = XDocument.Parse(page["<!DOCTYPE html>\n".Length..]);
        html.Descendants().Select(element => element.Name.LocalName).Should().NotContain("script");
        html.Descendants("img").Attributes("src")
            .Where(source => !source.Value.StartsWith("data:image/png;base64,", StringComparison.Ordinal))
            .Should().BeEmpty();
        html.Descendants().Attributes().Select(attribute => attribute.Name.LocalName).Should().NotContain(name => name.StartsWith("on"));
        html.Descendants("style").Should().ContainSingle().Which.Value.Should().Be(StyleSheet.Text);
        Script().Count(page).Should().Be(0, "not even a reader that guesses finds one");
        html.DescendantNodes().OfType<XText>().Count(text => text.Value.Contains("<script>")).Should().BeGreaterThanOrEqualTo(expected);
    }

    [GeneratedRegex("<\\s*/?\\s*script", RegexOptions.IgnoreCase)]
    private static partial Regex Script();
}
