using TorchSharp.Native;

namespace TorchSharp.Utils;

/// <summary>Sets whether this thread records gradients, until it is disposed.</summary>
internal sealed class GradMode : IDisposable
{
    private readonly long _before = NativeMethods.standin_grad_enabled();

    internal GradMode(bool enabled) => NativeMethods.standin_set_grad_enabled(enabled ? 1 : 0);

    public void Dispose() => NativeMethods.standin_set_grad_enabled(_before);
}
