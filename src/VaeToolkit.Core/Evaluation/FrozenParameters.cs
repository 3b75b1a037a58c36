using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Evaluation;

/// <summary>Keeps a module's parameters from collecting gradients, until disposed; then each requires them as before.</summary>
internal sealed class FrozenParameters : IDisposable
{
    private readonly List<Parameter> _frozen;

    internal FrozenParameters(torch.nn.Module module)
    {
        _frozen = [.. module.parameters().Where(parameter => parameter.requires_grad)];
        _frozen.ForEach(parameter => parameter.requires_grad = false);
    }

    public void Dispose() => _frozen.ForEach(parameter => parameter.requires_grad = true);
}
