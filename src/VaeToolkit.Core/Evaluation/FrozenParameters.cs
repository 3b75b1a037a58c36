using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Evaluation;

/// <summary>Keeps a module's parameters from collecting gradients, until disposed; then each requires them as before.</summary>
public sealed class FrozenParameters : IDisposable
{
    private readonly List<Parameter> _frozen;

    /// <summary>Freezes those that require a gradient now.</summary>
    public FrozenParameters(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        _frozen = [.. module.parameters().Where(parameter => parameter.requires_grad)];
        _frozen.ForEach(parameter => parameter.requires_grad = false);
    }

    /// <summary>Lets them require gradients again.</summary>
    public void Dispose() => _frozen.ForEach(parameter => parameter.requires_grad = true);
}
