namespace VaeToolkit.WeightPriors;

/// <summary>What was learned about one group of layers.</summary>
/// <param name="Vae">The kernel VAE.</param>
/// <param name="Kernels">Kernels that it was trained on.</param>
/// <param name="FractionKept">The fraction of the harvested kernels that had not died.</param>
/// <param name="Report">The figures on held-out networks, or null when none were held out.</param>
public sealed record GroupPrior(KernelVae Vae, int Kernels, double FractionKept, KernelVaeReport? Report)
{
    /// <summary>How many kernels, and the figures on networks held out.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Kernels} kernels, {100 * FractionKept:F0} % kept; {(Report is null ? "nothing held out" : $"held out: {Report}")}");
}
