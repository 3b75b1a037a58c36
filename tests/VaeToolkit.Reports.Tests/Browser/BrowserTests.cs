using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace VaeToolkit.Reports.Tests.Browser;

/// <summary>
/// A report with a section of every kind, as a browser shows it. Screenshots go to <c>screenshots/</c> beside the tests, to be looked at.
/// </summary>
public sealed class BrowserTests : IClassFixture<TrainedRun>, IAsyncLifetime
{
    private static readonly string s_pictures = Path.Combine(AppContext.BaseDirectory, "screenshots");

    private readonly TrainedRun _run;
    private readonly List<string> _faults = [];
    private IPlaywright _playwright = null!;
    private IBrowser? _browser;

    public BrowserTests(TrainedRun run) => _run = run;

    public async Task InitializeAsync()
    {
        if (ChromiumFactAttribute.Executable is not { } chromium)
            return;
        _playwright = await Playwright.CreateAsync();
        // As root, in a container, Chromium has no sandbox of its own.
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox"] });
        Directory.CreateDirectory(s_pictures);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
    }

    [ChromiumFact]
    public async Task A_report_of_every_kind_fits_is_quiet_and_accessible_at_every_width_in_light_and_dark()
    {
        var path = Report.Write(_run.Folder, new() { Title = "Every kind", Data = _run.Test, Sections = EveryKind.Sections });
        foreach (var (width, scheme) in new[] { (390, ColorScheme.Light), (1024, ColorScheme.Dark), (1920, ColorScheme.Light) })
        {
            var page = await Open(path, width, scheme);
            await Fits(page, width);
            var sections = await page.Locator("main > section").AllAsync();
            sections.Should().HaveCount(17);
            foreach (var section in sections)
                (await section.BoundingBoxAsync())!.Height.Should().BeGreaterThan(50);
            await Picture(page, $"run-{width}-{scheme}");
            // Contrast depends on the colours and names on the sections, not on the last of the widths.
            if (width < 1920)
                await IsAccessible(page);
        }
        _faults.Should().BeEmpty("the console is quiet");
    }

    [ChromiumFact]
    public async Task A_comparison_fits_and_is_accessible()
    {
        using var other = new MadeRun("other run with a long name").WithEpochs([300, 250, 230], [290, 255, 240]);
        var path = Report.Compare([_run.Folder, other.Folder], _run.PathOf("compare.html"), new() { Data = _run.Test });
        var page = await Open(path, 390, ColorScheme.Dark);
        await Fits(page, 390);
        await Picture(page, "compare-390-Dark");
        await IsAccessible(page);
        _faults.Should().BeEmpty("the console is quiet");
    }

    [ChromiumFact]
    public async Task The_keyboard_reaches_the_content_the_sections_and_the_folded_numbers()
    {
        var page = await Open(Report.Write(_run.Folder, new() { Data = _run.Test }), 1024, ColorScheme.Light);
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
        var path = Report.WritePage(_run.PathOf("hostile.html"), Attack, [new(Attack, new ReportText(Attack), new ReportChart
        {
            Caption = Attack, X = Attack, Y = Attack, Curves = [new(Attack, [1, 2], [1, 2]), new("b", [1, 2], [2, 3])],
        })], Attack);
        var page = await Open(path, 1024, ColorScheme.Light);
        (await page.EvaluateAsync<bool>("'hit' in window")).Should().BeFalse();
        (await page.TitleAsync()).Should().Contain("<script>");
        (await page.Locator("img").CountAsync()).Should().Be(0);
        _faults.Should().BeEmpty();
    }

    private async Task<IPage> Open(string path, int width, ColorScheme scheme)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
        });
        var page = await context.NewPageAsync();
        page.Console += (_, message) => _faults.Add(message.Text);
        page.PageError += (_, error) => _faults.Add(error);
        page.RequestFailed += (_, request) => _faults.Add(request.Url);
        await page.GotoAsync(new Uri(Path.GetFullPath(path)).AbsoluteUri);
        return page;
    }

    private static async Task Picture(IPage page, string name) => await page.ScreenshotAsync(
        new() { Path = Path.Combine(s_pictures, name + ".jpeg"), FullPage = true, Type = ScreenshotType.Jpeg });

    private static async Task Fits(IPage page, int width)
        => (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).Should().BeLessThanOrEqualTo(width);

    private static async Task<string> Focused(IPage page) => await page.EvaluateAsync<string>("document.activeElement.textContent");

    private static async Task IsAccessible(IPage page)
    {
        var result = await page.RunAxe();
        result.Violations.Select(violation => $"{violation.Id} ({violation.Impact}): {violation.Nodes[0].Html}").Should().BeEmpty();
    }
}
