using TorchSharp;

namespace VaeToolkit.Tests;

/// <summary>
/// A test on an NVIDIA GPU: skipped, with the reason, where there is none or torch is built without CUDA, unless
/// <c>VAETOOLKIT_NEEDS_CUDA</c> is set.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaFactAttribute : FactAttribute
{
    /// <summary>Needs CUDA.</summary>
    public CudaFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("VAETOOLKIT_NEEDS_CUDA") is null && !torch.cuda.is_available())
            Skip = "There is no CUDA device, or the native package is the CPU's.";
    }
}
