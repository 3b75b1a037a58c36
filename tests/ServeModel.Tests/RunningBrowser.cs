using Microsoft.Playwright;

namespace VaeToolkit.Samples.Tests;

/// <summary>Chromium, started once; not at all where there is none and its tests are skipped.</summary>
public sealed class RunningBrowser : IAsyncLifetime
{
    // As root, in a container, Chromium has no sandbox of its own, and little shared memory.
    private static readonly string[] s_arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];

    /// <summary>What a step of a page may take, in milliseconds: other tests keep both processors busy meanwhile.</summary>
    public const float Patience = 180_000;

    private IPlaywright? _playwright;

    public IBrowser Instance { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (ChromiumFactAttribute.Executable is not { } chromium)
            return;
        _playwright = await Playwright.CreateAsync();
        Instance = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = s_arguments, Timeout = Patience });
    }

    public async Task DisposeAsync()
    {
        if (_playwright is null)
            return;
        await Instance.CloseAsync();
        _playwright.Dispose();
    }
}
