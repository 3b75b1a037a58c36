using TorchSharp;

namespace VaeToolkit.Models;

/// <summary>
/// Puts a module into evaluation mode without gradients, until disposed; then the mode of every part is as it was.
/// The one place where the library does so.
/// </summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly List<(torch.nn.Module Part, bool Training)> _before;
    private readonly IDisposable _noGradient;

    private EvaluationMode(torch.nn.Module module)
    {
        _before = [.. module.modules().Prepend(module).Select(part => (part, part.training))];
        module.eval();
        _noGradient = torch.no_grad();
    }

    internal static EvaluationMode Enter(torch.nn.Module module) => new(module);

    // train(mode) reaches a part's children, and parts are listed before their children, so every part's own mode is set last.
    public void Dispose()
    {
        _noGradient.Dispose();
        foreach (var (part, training) in _before)
            part.train(training);
    }
}
