namespace VaeToolkit.WeightPriors;

/// <summary>The ways to learn from few labelled volumes that are compared with each other (Kuzina et al. 2019, section 4).</summary>
public enum TargetMethod
{
    /// <summary>UNet-RI: a random start, all weights trained.</summary>
    RandomStart,

    /// <summary>UNet-PR: starts from the source's best snapshot, all weights trained.</summary>
    SourceStart,

    /// <summary>
    /// UNet-PRf: as <see cref="SourceStart"/>, but only the input block, the first level down,
    /// the last level up and the output are trained.
    /// </summary>
    FrozenSource,

    /// <summary>UNet-DWP: variational inference under the kernel VAEs; means start as kernels of the prior.</summary>
    DeepWeightPrior,

    /// <summary>
    /// UNet-GP: variational inference under independent weights with the source's standard deviations; means start at random.
    /// </summary>
    GaussianPrior,

    /// <summary>DWP with kernel VAEs that were trained on independent noise: shows whether learned structure matters.</summary>
    RandomKernelPrior,

    /// <summary>
    /// RI-from-prior: weights start as kernels of the prior and are then trained as in <see cref="RandomStart"/>, without a KL term.
    /// </summary>
    PriorStart,
}
