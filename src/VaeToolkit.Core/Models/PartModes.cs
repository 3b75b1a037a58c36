using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Puts every part of a module back into the mode, training or evaluation, in which it was.
/// </summary>
/// <param name="module">The module whose modes, and whose parts' modes, are remembered.</param>
public sealed class PartModes(torch.nn.Module module) : IDisposable
{
    private readonly List<(torch.nn.Module Part, bool Training)> _before =
        [.. (module ?? throw new ArgumentNullException(nameof(module))).modules().Prepend(module).Select(part => (part, part.training))];

    /// <summary>Sets the modes that were remembered.</summary>
    // train(mode) reaches a part's children, and parts are listed before their children, so every part's own mode is set last.
    public void Dispose()
    {
        foreach (var (part, training) in _before)
        {
            // Other threads may be reading it; what is right is not written again.
            if (part.training != training)
                part.train(training);
        }
    }
}
