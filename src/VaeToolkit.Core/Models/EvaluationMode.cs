using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Puts a module into evaluation mode without gradients, until disposed; then the mode of every part is as it was. The one place where
/// the library does so. Threads may do so side by side: modes are put back when the last of them is done. A module that is in evaluation
/// mode already is not touched.
/// </summary>
public sealed class EvaluationMode : IDisposable
{
    private readonly ModelUse _use;
    private readonly IDisposable _noGradient;

    private EvaluationMode(torch.nn.Module module)
    {
        _use = ModelUse.Read(module);
        _noGradient = torch.no_grad();
    }

    /// <summary>Begins it for a module and all of its parts.</summary>
    /// <exception cref="InvalidOperationException">Another thread is training the module, or a part of it.</exception>
    public static EvaluationMode Enter(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return new(module);
    }

    /// <summary>Ends it: gradients and modes are as they were.</summary>
    public void Dispose()
    {
        _noGradient.Dispose();
        _use.Dispose();
    }
}
