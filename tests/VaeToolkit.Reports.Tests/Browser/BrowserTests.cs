using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Reports.Tests.Browser;

/// <summary>
/// A report with a section of every kind, as a browser shows it. Screenshots go to <c>screenshots/</c> beside the tests, to be looked at.
/// </summary>
public sealed class BrowserTests(TrainedRun run, Chromium chromium) : IClassFixture<TrainedRun>, IClassFixture<Chromium>
{
    private static readonly (int Width, ColorScheme Scheme)[] s_views =
        [.. new[] { 390, 1024, 1920 }.SelectMany(width => new[] { (width, ColorScheme.Light), (width, ColorScheme.Dark) })];

    // Titles of vertical axes that reach into the labels of their ticks.
    private const string TitlesOnLabels = """
        [...document.querySelectorAll('svg.chart')].flatMap(chart => {
            const title = [...chart.querySelectorAll('text.axis')].at(-1), right = title.getBoundingClientRect().right;
            return [...chart.querySelectorAll('text[text-anchor=end]')]
                .filter(label => label.getBoundingClientRect().left < right).map(label => title.textContent + ': ' + label.textContent);
        })
        """;

    private readonly List<string> _faults = [];

    [ChromiumFact]
    public async Task A_report_of_every_kind_fits_is_quiet_and_accessible_at_every_width_in_light_and_dark()
    {
        var path = Report.Write(run.Folder, new()
        {
            Title = "Every kind",
            Data = run.Test,
            Sections = EveryKind.Sections,
            Likelihoods = new Dictionary<string, LikelihoodEstimate> { ["annealed importance sampling"] = Annealed() },
        });
        var page = await chromium.Open(path, _faults);
        foreach (var (width, scheme) in s_views)
        {
            await Show(page, width, scheme);
            var heights = await page.EvaluateAsync<double[]>(
                "[...document.querySelectorAll('main > section')].map(section => section.getBoundingClientRect().height)");
            heights.Should().HaveCount(17).And.OnlyContain(height => height > 50);
            await Picture(page, $"run-{width}-{scheme}");
            await IsAccessible(page);
        }
        _faults.Should().BeEmpty("the console is quiet");
    }

    [ChromiumFact]
    public async Task A_run_of_several_ranks_with_a_constraint_and_a_predicted_variance_fits_and_is_accessible()
    {
        var folder = run.PathOf("gaussian");
        GaussianRun.Train(folder, run.Test);
        var page = await chromium.Open(Report.Write(folder, new() { Data = run.Test }), _faults);
        (await page.Locator("main > section > h2").AllTextContentsAsync()).Should()
            .Contain(["Constraint", "Calibration of the predicted variance", "Ranks"]);
        foreach (var (width, scheme) in s_views)
        {
            await Show(page, width, scheme);
            await Picture(page, $"gaussian-{width}-{scheme}");
            await IsAccessible(page);
        }
        _faults.Should().BeEmpty("the console is quiet");
    }

    [ChromiumFact]
    public async Task A_comparison_fits_and_is_accessible()
    {
        using var other = new MadeRun("other run with a long name").WithEpochs([300, 250, 230], [290, 255, 240]);
        var path = Report.Compare([run.Folder, other.Folder], run.PathOf("compare.html"), new() { Data = run.Test });
        var page = await chromium.Open(path, _faults);
        foreach (var (width, scheme) in s_views)
        {
            await Show(page, width, scheme);
            await Picture(page, $"compare-{width}-{scheme}");
            await IsAccessible(page);
        }
        _faults.Should().BeEmpty("the console is quiet");
    }

    [ChromiumFact]
    public async Task A_heat_map_on_paper_has_the_colours_that_it_has_on_the_screen()
    {
        var path = Report.WritePage(run.PathOf("paper.html"), "Paper", EveryKind.Sections);
        var page = await chromium.Open(path, _faults);
        const string Cells = "[...document.querySelectorAll('.heat td')].map(getComputedStyle)";
        var screen = await page.EvaluateAsync<string[]>(Cells + ".map(style => style.backgroundColor)");
        screen.Distinct().Should().HaveCountGreaterThan(10);
        await page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });
        (await page.EvaluateAsync<string[]>(Cells + ".map(style => style.backgroundColor)")).Should().Equal(screen);
        // A browser leaves out the grounds of all others when it prints, to save ink.
        (await page.EvaluateAsync<string[]>(Cells + ".map(style => style.printColorAdjust)")).Should().AllBe("exact");
        PrintedFile.Fills(await page.PdfAsync(new() { PrintBackground = false })).Should().HaveCountGreaterThan(10);
    }

    [ChromiumFact]
    public async Task The_keyboard_reaches_the_content_the_sections_and_the_folded_numbers()
    {
        var page = await chromium.Open(Report.Write(run.Folder, new() { Data = run.Test }), _faults);
        await page.Keyboard.PressAsync("Tab");
        (await Focused(page)).Should().Be("Skip to the sections");
        await page.Keyboard.PressAsync("Tab");
        (await Focused(page)).Should().Be("Curves");
        await page.Locator("summary").First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        (await page.Locator("details").First.Locator("table").IsVisibleAsync()).Should().BeTrue();
    }

    [ChromiumFact]
    public async Task Hostile_text_runs_nothing()
    {
        const string Attack = "\"'><script>window.hit=1</script><img src=x onerror='window.hit=1'></title></style>";
        var path = Report.WritePage(run.PathOf("hostile.html"), Attack, [new(Attack, new ReportText(Attack), new ReportChart
        {
            Caption = Attack, X = Attack, Y = Attack, Curves = [new(Attack, [1, 2], [1, 2]), new("b", [1, 2], [2, 3])],
        })], Attack);
        var page = await chromium.Open(path, _faults);
        (await page.EvaluateAsync<bool>("'hit' in window")).Should().BeFalse();
        (await page.TitleAsync()).Should().Contain("<script>");
        (await page.Locator("img").CountAsync()).Should().Be(0);
        _faults.Should().BeEmpty();
    }

    private LikelihoodEstimate Annealed()
    {
        using var model = Vae.Load(Path.Combine(run.Folder, "best"));
        using var items = ((ImageData)run.Test).First(20);
        return Evaluate.AnnealedImportanceSampling(model, items, new() { Chains = 2, Temperatures = 10, Seed = 6 });
    }

    private static async Task Show(IPage page, int width, ColorScheme scheme)
    {
        await page.SetViewportSizeAsync(width, 900);
        await page.EmulateMediaAsync(new() { ColorScheme = scheme });
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).Should().BeLessThanOrEqualTo(width);
        (await page.EvaluateAsync<double>("Math.max(0, ...[...document.querySelectorAll('caption span')]"
            + ".map(caption => caption.getBoundingClientRect().right))")).Should().BeLessThanOrEqualTo(width, "captions are not cut off");
        (await page.EvaluateAsync<string[]>(TitlesOnLabels)).Should().BeEmpty("an axis' title stands clear of its labels");
    }

    private static async Task Picture(IPage page, string name) => await page.ScreenshotAsync(new()
    {
        Path = Path.Combine(AppContext.BaseDirectory, "screenshots", name + ".jpeg"),
        FullPage = true,
        Type = ScreenshotType.Jpeg,
    });

    private static async Task<string> Focused(IPage page) => await page.EvaluateAsync<string>("document.activeElement.textContent");

    private static async Task IsAccessible(IPage page)
    {
        var result = await page.RunAxe();
        result.Violations.Select(violation => $"{violation.Id} ({violation.Impact}): {violation.Nodes[0].Html}").Should().BeEmpty();
    }
}
