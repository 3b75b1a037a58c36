using VaeToolkit.Networks;

namespace VaeToolkit.Tests.Networks;

/// <summary>A theory about what runs on processors with 512-bit vectors only.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongVectorTheoryAttribute : TheoryAttribute
{
    public LongVectorTheoryAttribute()
    {
        if (!DenseKernel.IsSupported)
            Skip = "this processor has no 512-bit vectors (AVX-512F)";
    }
}
