using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Puts a module into evaluation mode without gradients, until disposed; then the mode of every part is as it was.
/// The one place where the library does so.
/// </summary>
public sealed class EvaluationMode : IDisposable
{
    private readonly PartModes _before;
    private readonly IDisposable _noGradient;

    private EvaluationMode(torch.nn.Module module)
    {
        _before = new PartModes(module);
        module.eval();
        _noGradient = torch.no_grad();
    }

    /// <summary>Begins it for a module and all of its parts.</summary>
    public static EvaluationMode Enter(torch.nn.Module module) => new(module);

    /// <summary>Ends it: gradients and modes are as they were.</summary>
    public void Dispose()
    {
        _noGradient.Dispose();
        _before.Dispose();
    }
}
