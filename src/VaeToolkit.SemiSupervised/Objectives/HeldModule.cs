using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// Keeps a module in evaluation mode until disposed: dropout leaves nothing out, and batch statistics stay as they are.
/// Gradients are not its matter.
/// </summary>
internal sealed class HeldModule : IDisposable
{
    private readonly PartModes _before;

    internal HeldModule(torch.nn.Module module)
    {
        _before = new(module);
        module.eval();
    }

    public void Dispose() => _before.Dispose();
}
