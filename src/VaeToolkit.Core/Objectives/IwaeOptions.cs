namespace VaeToolkit;

/// <summary>Options of <see cref="Iwae"/>; the defaults are the importance-weighted bound of Burda et al. 2016.</summary>
public sealed record IwaeOptions
{
    /// <summary>How the encoder's gradient is estimated; default by backpropagation through the bound.</summary>
    public GradientEstimator Estimator { get; init; }

    /// <summary>M, bounds of K samples each that are averaged, at least 1 (MIWAE, Rainforth et al. 2018); default 1.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>β in [0, 1], the share of the ELBO in β ELBO + (1 − β) L_K (CIWAE, Rainforth et al. 2018); default 0.</summary>
    public double ElboShare { get; init; }

    /// <summary>
    /// α in [0, 1) of the Rényi bound (1 / (1 − α)) log (1/K) Σ w^(1 − α) (Li &amp; Turner 2016); default 0, which is L_K. It
    /// tends to the ELBO as α tends to 1.
    /// </summary>
    public double RenyiOrder { get; init; }

    /// <summary>
    /// Samples an item that are held at once, or null for all; default all. In chunks the weights of all samples are found first, then
    /// gradients are accumulated chunk by chunk: they are exact, memory is that of a chunk, and every sample is decoded twice.
    /// </summary>
    public int? ChunkSize { get; init; }
}
