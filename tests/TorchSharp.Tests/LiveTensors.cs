namespace TorchSharp.Tests;

/// <summary>Counts tensors for tests that compare two counts.</summary>
internal static class LiveTensors
{
    /// <summary>Tensors alive in the process, once the finalizer has had those that nobody holds.</summary>
    public static long Count()
    {
        // Three times: what one finalizer lets go may have a finalizer of its own.
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return Tensor.TotalCount;
    }
}
