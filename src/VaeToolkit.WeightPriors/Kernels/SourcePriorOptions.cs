namespace VaeToolkit.WeightPriors;

/// <summary>How <see cref="SourcePriors.Learn"/> learns the priors of a source.</summary>
public sealed record SourcePriorOptions
{
    /// <summary>Which layers share a prior; null for <see cref="KernelGrouping.Consecutive"/>.</summary>
    public KernelGrouping? Grouping { get; init; }

    /// <summary>Which kernels are dropped; default 5 % of the group's median norm.</summary>
    public KernelThreshold Threshold { get; init; } = KernelThreshold.RelativeToMedian();

    /// <summary>The VAEs' shape and training.</summary>
    public KernelVaeOptions Vae { get; init; } = new();

    /// <summary>
    /// The last networks of the source, at least 0, that are held out to report each group's gain, by a second VAE trained without them:
    /// the prior itself learns from all networks. Default 1; 0 reports nothing and takes half the time.
    /// </summary>
    public int HeldOutNetworks { get; init; } = 1;
}
