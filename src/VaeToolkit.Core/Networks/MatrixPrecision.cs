namespace VaeToolkit.Networks;

/// <summary>
/// The numbers in which a fully connected network is computed while it is trained. Its weights, and evaluation, are not touched.
/// </summary>
public enum MatrixPrecision
{
    /// <summary>The weights' own type, float32 as a rule.</summary>
    Full,

    /// <summary>
    /// Matrix products and activations in bfloat16, which has float32's range and 8 bits of its 24; weights, gradients of weights and what
    /// comes out are float32. Where the processor has instructions for it (AVX512-BF16 or AMX, NVIDIA from Ampere on) sums are in float32
    /// too, and it saves time; elsewhere it costs some.
    /// </summary>
    BFloat16,
}
