using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Counts the calls that are in a module, so that it is freed when the last has left: disposing it under a running operator would end the
/// process. .NET's own counted handle does the counting.
/// </summary>
internal sealed class ModelHold : SafeHandle
{
    private readonly torch.nn.Module _module;
    private volatile bool _isOnItsWayOut;

    internal ModelHold(torch.nn.Module module)
        : base(0, ownsHandle: true)
    {
        _module = module;
        SetHandle(1);
        // A module that nobody disposes of is the finalizers' of its own tensors.
        GC.SuppressFinalize(this);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Keeps the module alive until disposed.</summary>
    /// <exception cref="ObjectDisposedException">It is on its way out.</exception>
    internal Stay Enter()
    {
        // The handle itself refuses only once the last call has left, which under load may be never.
        ObjectDisposedException.ThrowIf(_isOnItsWayOut, typeof(FrozenVae));
        return new(this);
    }

    protected override void Dispose(bool disposing)
    {
        _isOnItsWayOut = true;
        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        _module.Dispose();
        return true;
    }

    internal readonly ref struct Stay : IDisposable
    {
        private readonly ModelHold _hold;

        internal Stay(ModelHold hold)
        {
            var entered = false;
            (_hold = hold).DangerousAddRef(ref entered);
        }

        public void Dispose() => _hold.DangerousRelease();
    }
}
