using TorchSharp;

namespace VaeToolkit.Models;

/// <summary>
/// Puts a module into evaluation mode without gradients, until disposed; then the mode of every part is as it was.
/// The one place where the library does so.
/// </summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly PartModes _before;
    private readonly IDisposable _noGradient;

    private EvaluationMode(torch.nn.Module module)
    {
        _before = new PartModes(module);
        module.eval();
        _noGradient = torch.no_grad();
    }

    internal static EvaluationMode Enter(torch.nn.Module module) => new(module);

    public void Dispose()
    {
        _noGradient.Dispose();
        _before.Dispose();
    }
}
