using System.Globalization;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using TorchSharp;

namespace VaeToolkit.Samples.Tests;

/// <summary>
/// The page as a browser shows it, from a person's hand to the model and back. Screenshots go to <c>screenshots/</c> beside the tests, to
/// be looked at.
/// </summary>
[Collection(OneService.Name)]
public sealed class PageTests(RunningService service, RunningBrowser browser) : IClassFixture<RunningBrowser>
{
    private static readonly string s_pictures = Path.Combine(AppContext.BaseDirectory, "screenshots");

    private readonly List<string> _faults = [];

    [ChromiumFact]
    public async Task It_fits_is_quiet_and_accessible_on_a_dark_phone_and_on_a_light_desk()
    {
        foreach (var (width, scheme) in new[] { (390, ColorScheme.Dark), (1280, ColorScheme.Light) })
        {
            var page = await Open(width, scheme);
            await DrawSeven(page);
            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).Should().BeLessThanOrEqualTo(width);
            await page.ScreenshotAsync(new() { Path = Path.Combine(s_pictures, $"{width}-{scheme}.png"), FullPage = true });
            var axe = await page.RunAxe();
            axe.Violations.Select(violation => $"{violation.Id} ({violation.Impact}): {violation.Nodes[0].Html}").Should().BeEmpty();
        }
        _faults.Should().BeEmpty("the console is quiet");
    }

    [ChromiumFact]
    public async Task Sliders_show_the_picture_of_their_code()
    {
        var page = await Open();
        await ShowsTheDecoded(page, [0, 0, 0, 0]);
        var (first, second) = (service.Activity.MeanVariances.Index().OrderByDescending(unit => unit.Item).First().Index, new float[4]);
        await page.Locator("#sliders input").First.FocusAsync();
        for (var i = 0; i < 30; i++)
            await page.Keyboard.PressAsync("ArrowRight");
        second[first] = 1.5f;
        (await page.Locator("#sliders output").First.TextContentAsync()).Should().Be("1.50");
        await ShowsTheDecoded(page, second);
        await page.Locator("#zero").ClickAsync();
        await ShowsTheDecoded(page, [0, 0, 0, 0]);
        await page.Locator("#draw").ClickAsync();
        await Settled(page, "#decoded");
        (await page.Locator("#sliders output").AllTextContentsAsync()).Should().Contain(text => text != "0.00");
        _faults.Should().BeEmpty();
    }

    [ChromiumFact]
    public async Task A_drawing_is_reconstructed_encoded_and_scored()
    {
        var page = await Open();
        await DrawSeven(page);
        await AnswersWhatItShows(page);
        await page.Locator("#take").ClickAsync();
        await Settled(page, "#decoded");
        var (decoded, reconstruction) = (await Picture(page, "#decoded"), await Picture(page, "#reconstruction"));
        decoded.Zip(reconstruction, (one, other) => Math.Abs(one - other)).Max().Should().BeLessThanOrEqualTo(1);
        await page.Locator("#clear").ClickAsync();
        (await page.Locator("#answer").IsVisibleAsync()).Should().BeFalse();
        _faults.Should().BeEmpty();
    }

    [ChromiumFact]
    public async Task Fingers_and_the_keyboard_draw_too()
    {
        var page = await Open(390, touch: true);
        await page.Locator("#pad").TapAsync();
        await Settled(page, "#answer");
        await AnswersWhatItShows(page);
        await page.Locator("#clear").ClickAsync();
        await page.Locator("#pad").FocusAsync();
        await page.Keyboard.PressAsync("Space");
        for (var i = 0; i < 8; i++)
            await page.Keyboard.PressAsync("ArrowDown");
        await Settled(page, "#answer");
        await AnswersWhatItShows(page);
        // A stroke down: higher than wide.
        var ink = (await Picture(page, "#seen")).Index().Where(pixel => pixel.Item > 0).Select(pixel => pixel.Index).ToArray();
        ink.DistinctBy(pixel => pixel / 28).Count().Should().BeGreaterThan(2 * ink.DistinctBy(pixel => pixel % 28).Count());
        _faults.Should().BeEmpty();
    }

    [ChromiumFact]
    public async Task A_picture_is_uploaded_and_a_file_that_is_none_is_refused_with_a_sentence()
    {
        var page = await Open();
        await Upload(page, "note.png", [1, 2, 3]);
        await Assertions.Expect(page.Locator("#message")).ToContainTextAsync("note.png is no picture that this browser can read");
        byte[] png;
        using (torch.NewDisposeScope())
            png = ImageGrid.ToPng(1 - service.Images(1), padding: 0, scale: 8);
        await Upload(page, "digit.png", png);
        await page.Locator("#answer").WaitForAsync();
        await Settled(page, "#answer");
        await AnswersWhatItShows(page);
        (await page.Locator("#message").IsVisibleAsync()).Should().BeFalse();
        // Black on white became white on black: the picture is the test image, but for the place of its centre.
        using var scope = torch.NewDisposeScope();
        var ink = service.Images(1).sum().ToDouble();
        (await Picture(page, "#seen")).Count(pixel => pixel > 0).Should().BeInRange((int)(ink * 0.6), (int)(ink * 1.6));
        _faults.Should().BeEmpty();
    }

    private async Task<IPage> Open(int width = 1280, ColorScheme scheme = ColorScheme.Light, bool touch = false)
    {
        var context = await browser.Instance.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = scheme,
            HasTouch = touch,
            ReducedMotion = ReducedMotion.Reduce,
        });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(RunningBrowser.Patience);
        page.SetDefaultNavigationTimeout(RunningBrowser.Patience);
        page.Console += (_, message) => _faults.Add(message.Text);
        page.PageError += (_, error) => _faults.Add(error);
        page.RequestFailed += (_, request) => _faults.Add(request.Url);
        await page.GotoAsync(service.Address.ToString());
        await page.Locator("body[data-ready]").WaitForAsync();
        return page;
    }

    private static async Task DrawSeven(IPage page)
    {
        await page.Locator("#pad").ScrollIntoViewIfNeededAsync();
        var box = (await page.Locator("#pad").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + box.Width * 0.3f, box.Y + box.Height * 0.25f);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + box.Width * 0.7f, box.Y + box.Height * 0.25f, new() { Steps = 5 });
        await page.Mouse.MoveAsync(box.X + box.Width * 0.45f, box.Y + box.Height * 0.8f, new() { Steps = 5 });
        await page.Mouse.UpAsync();
        await Settled(page, "#answer");
    }

    private static Task Upload(IPage page, string name, byte[] bytes)
        => page.Locator("#upload").SetInputFilesAsync(new FilePayload { Name = name, MimeType = "image/png", Buffer = bytes });

    // Nothing that was asked for this place is under way.
    private static async Task Settled(IPage page, string place)
        => await page.WaitForFunctionAsync("place => document.querySelector(place).closest('[aria-busy]')?.ariaBusy === 'false'", place);

    private static async Task<int[]> Picture(IPage page, string canvas)
        => await page.EvaluateAsync<int[]>(
            """
            name => {
                const shown = document.querySelector(name);
                const copy = new OffscreenCanvas(shown.width, shown.height).getContext("2d", { willReadFrequently: true });
                copy.drawImage(shown, 0, 0);
                return [...copy.getImageData(0, 0, shown.width, shown.height).data].filter((_, i) => i % 4 === 0);
            }
            """, canvas);

    private async Task ShowsTheDecoded(IPage page, float[] code)
    {
        await Settled(page, "#decoded");
        using var scope = torch.NewDisposeScope();
        ShowTheSame(await Picture(page, "#decoded"), service.Frozen.Decode(torch.tensor(code, [1, 4])).Mean);
    }

    // Reconstruction, posterior and score are the frozen model's for the picture that the page says the model sees.
    private async Task AnswersWhatItShows(IPage page)
    {
        var seen = await Picture(page, "#seen");
        seen.Should().OnlyContain(pixel => pixel == 0 || pixel == 255).And.Contain(255);
        var reconstruction = await Picture(page, "#reconstruction");
        var figures = await page.Locator("#posterior .figure").AllTextContentsAsync();
        var verdict = await page.Locator("#verdict").TextContentAsync();
        using var scope = torch.NewDisposeScope();
        var item = torch.tensor(Array.ConvertAll(seen, pixel => pixel / 255f), [1, 784]);
        ShowTheSame(reconstruction, service.Frozen.Reconstruct(item));
        var posterior = service.Frozen.Encode(item);
        var (mean, deviation) = (posterior.Mean.Values(), posterior.Variance.sqrt().Values());
        figures.Should().HaveCount(service.Activity.ActiveUnits);
        var units = service.Activity.MeanVariances.Index().OrderByDescending(unit => unit.Item).Select(unit => unit.Index);
        foreach (var (figure, unit) in figures.Zip(units))
        {
            var parts = Array.ConvertAll(figure.Split(" ± "), text => double.Parse(text, CultureInfo.InvariantCulture));
            parts[0].Should().BeApproximately(mean[unit], 0.0051);
            parts[1].Should().BeApproximately(deviation[unit], 0.0051);
        }
        var score = service.Detector.Score(item)[0];
        verdict.Should().StartWith(score > service.Detector.Threshold.Value ? "Unusual" : "As expected")
            .And.Contain(string.Create(CultureInfo.InvariantCulture, $"−log p(x) is {score:F1} nats"));
    }

    private static void ShowTheSame(int[] pixels, torch.Tensor values)
        => pixels.Zip(values.Values()).Max(pair => Math.Abs(pair.First - 255 * pair.Second)).Should().BeLessThanOrEqualTo(0.51);
}
