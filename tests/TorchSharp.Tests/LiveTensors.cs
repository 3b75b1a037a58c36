namespace TorchSharp.Tests;

/// <summary>Counts tensors for tests that compare two counts.</summary>
internal static class LiveTensors
{
    /// <summary>
    /// Tensors alive in the process, once the finalizer has had those that earlier tests left to it:
    /// otherwise it could take them between two counts.
    /// </summary>
    public static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}
