namespace VaeToolkit.WeightPriors;

/// <summary>Where the variational means start under a learned prior.</summary>
public enum MeanStart
{
    /// <summary>At kernels drawn from the prior (Atanov et al. 2019).</summary>
    Prior,

    /// <summary>At the random start of a network without a prior.</summary>
    Random,

    /// <summary>At the source's best snapshot, all of it, 1×1×1 convolutions and biases included.</summary>
    Source,
}
