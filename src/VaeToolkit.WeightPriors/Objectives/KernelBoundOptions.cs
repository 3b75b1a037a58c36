using VaeToolkit.Evaluation;

namespace VaeToolkit.WeightPriors;

/// <summary>How the bound on a kernel's divergence from its prior is estimated.</summary>
public sealed record KernelBoundOptions
{
    /// <summary>S, draws of (w, z) that are averaged, at least 1; default 1.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>
    /// K, samples of z within −log 1/K Σ p(w|z) p(z) / r(z|w), at least 1: tighter as K grows, and still above the divergence (Burda et
    /// al. 2016). Default null: the evidence lower bound of the kernel VAE.
    /// </summary>
    public int? ImportanceSamples { get; init; }

    /// <summary>What the reverse model looks at; default the drawn kernel.</summary>
    public ReverseInput ReverseInput { get; init; } = ReverseInput.Sample;

    internal KernelBoundOptions Validated()
    {
        OptionRange.RequireKnown(ReverseInput, nameof(ReverseInput));
        Shape.RequirePositive(Samples, "Samples", nameof(Samples));
        if (ImportanceSamples is { } k)
            Shape.RequirePositive(k, "ImportanceSamples", nameof(ImportanceSamples));
        return this;
    }
}
