using TorchSharp.Native;

namespace TorchSharp.Utils;

/// <summary>Puts this thread into inference mode (or out of it), until it is disposed.</summary>
internal sealed class InferenceMode(bool mode) : IDisposable
{
    private IntPtr _guard = NativeMethods.Check(NativeMethods.standin_inference_begin(mode ? 1 : 0));

    public void Dispose()
    {
        var guard = Interlocked.Exchange(ref _guard, IntPtr.Zero);
        if (guard != IntPtr.Zero)
            NativeMethods.standin_inference_end(guard);
    }
}
