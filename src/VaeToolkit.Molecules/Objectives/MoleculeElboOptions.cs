namespace VaeToolkit.Molecules;

/// <summary>Options of <see cref="MoleculeElbo"/>.</summary>
public sealed record MoleculeElboOptions
{
    /// <summary>
    /// The weight of the KL divergence once it has risen, at least 0; default 1, the evidence lower bound. Few molecules need less to be
    /// reconstructed: 0.02 in the sample. (The reference code's averages come to 0.61.)
    /// </summary>
    public double KlWeight { get; init; } = 1;

    /// <summary>How the weight rises; null for none. Default that of the paper.</summary>
    public SigmoidWarmUp? WarmUp { get; init; } = new();

    /// <summary>The weight of the properties' squared errors, in nats for one squared standard deviation, at least 0; default 5.</summary>
    public double PropertyWeight { get; init; } = 5;

    internal MoleculeElboOptions Validated()
    {
        RequireWeight(KlWeight, nameof(KlWeight));
        RequireWeight(PropertyWeight, nameof(PropertyWeight));
        WarmUp?.Validated();
        return this;
    }

    private static void RequireWeight(double weight, string name)
    {
        if (!(weight >= 0 && double.IsFinite(weight)))
            throw new ArgumentOutOfRangeException(name, weight, $"{name} must be a number of at least 0");
    }
}
