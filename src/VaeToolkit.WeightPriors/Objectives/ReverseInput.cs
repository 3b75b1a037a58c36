namespace VaeToolkit.WeightPriors;

/// <summary>What the reverse model r(z|·), the kernel VAE's encoder, looks at.</summary>
public enum ReverseInput
{
    /// <summary>The kernel drawn from q: r(z|w), the tighter bound.</summary>
    Sample,

    /// <summary>
    /// q's mean: r(z|μ). Any r gives a bound; with this one the expectation over w has a closed form, so the estimate varies less,
    /// and is looser.
    /// </summary>
    Mean,
}
