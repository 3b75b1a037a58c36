namespace VaeToolkit.WeightPriors;

/// <summary>The networks inside a kernel VAE.</summary>
public enum KernelArchitecture
{
    /// <summary>Two hidden layers of 64 with ELU on either side: some 29 kFLOP a kernel forward.</summary>
    Mlp,

    /// <summary>
    /// Small convolutions over the kernel, as Kuzina et al. (2019) have in their code: some 3 MFLOP a kernel forward. For 3×3×3 kernels.
    /// </summary>
    Convolutional,
}
