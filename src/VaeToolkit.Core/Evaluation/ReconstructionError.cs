namespace VaeToolkit.Evaluation;

/// <summary>How well a model reconstructs items from their codes.</summary>
/// <param name="AtMean">With the posterior's mean as code: what <c>Vae.Reconstruct</c> shows.</param>
/// <param name="Sampled">With codes drawn from the posterior, averaged over the samples:
/// what the ELBO's reconstruction term measures.</param>
/// <param name="Items">Number of items.</param>
/// <param name="Samples">Posterior samples an item.</param>
/// <param name="Seed">The seed of the samples.</param>
public sealed record ReconstructionError(ReconstructionFigures AtMean, ReconstructionFigures Sampled, long Items, int Samples, long Seed)
{
    /// <summary>The figures in two lines.</summary>
    public override string ToString()
        => FormattableString.Invariant($"at the mean: {AtMean}\nsampled ({Samples} each, seed {Seed}): {Sampled} ({Items} items)");
}
