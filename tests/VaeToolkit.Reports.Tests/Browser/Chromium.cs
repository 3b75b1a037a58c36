using Microsoft.Playwright;

namespace VaeToolkit.Reports.Tests.Browser;

/// <summary>One Chromium for all tests of a class; none where there is no such program.</summary>
public sealed class Chromium : IAsyncLifetime
{
    // As root, in a container, Chromium has no sandbox of its own, and little shared memory.
    private static readonly string[] s_arguments = ["--no-sandbox", "--disable-dev-shm-usage"];

    // What a step of a page may take, in milliseconds: other tests keep both processors busy meanwhile.
    private const float Patience = 180_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (ChromiumFactAttribute.Executable is not { } program)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = s_arguments, Timeout = Patience });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens a page; what goes wrong in it, and what its console says, is added to the faults.</summary>
    public async Task<IPage> Open(string path, List<string> faults)
    {
        var page = await _browser!.NewPageAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        page.SetDefaultTimeout(Patience);
        page.SetDefaultNavigationTimeout(Patience);
        page.Console += (_, message) => faults.Add(message.Text);
        page.PageError += (_, error) => faults.Add(error);
        page.RequestFailed += (_, request) => faults.Add(request.Url);
        await page.GotoAsync(new Uri(Path.GetFullPath(path)).AbsoluteUri);
        return page;
    }
}
