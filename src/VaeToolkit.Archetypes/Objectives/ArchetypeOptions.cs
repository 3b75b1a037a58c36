using VaeToolkit.Evaluation;

namespace VaeToolkit.Archetypes;

/// <summary>
/// The weights of <see cref="ArchetypeObjective"/>. Every term is a mean over items, so that they do not depend on the batch's size; the
/// authors' code sums the log-likelihood over a batch of 50, and its weights 0.4, 40, 100 and 40,000 are 1, 2, 5 and 2000 here.
/// </summary>
public sealed record ArchetypeOptions
{
    /// <summary>w_r, of the negative log-likelihood of an item in nats; at least 0. Default 1.</summary>
    public double ReconstructionWeight { get; init; } = 1;

    /// <summary>
    /// w_kl, of the divergence of q(t|x) from the prior in nats; at least 0. Default 2. With a standard normal prior it pulls means to the
    /// centre, away from the vertices: it must not be much larger than what the code says about the items.
    /// </summary>
    public double KlWeight { get; init; } = 2;

    /// <summary>w_at, of the archetype loss; at least 0. Default 5.</summary>
    public double ArchetypeWeight { get; init; } = 5;

    /// <summary>
    /// w_y, of the mean squared error of the side information; at least 0. Default 2000, of the authors' scores from 0 to 5; for others it
    /// is a matter of their unit.
    /// </summary>
    public double SideWeight { get; init; } = 2000;

    /// <summary>
    /// A higher weight of the divergence to begin with, or null for none; default none. Validation uses the final one, which must be above
    /// 0: a weight that is divided never reaches 0, and no two epochs' losses would compare.
    /// </summary>
    public KlDecay? KlDecay { get; init; }

    /// <summary>Samples of t an item over which the terms are averaged, at least 1; default 1.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>How the divergence is taken; default in closed form where the prior has one.</summary>
    public KlEstimator Kl { get; init; } = KlEstimator.ClosedForm;

    internal ArchetypeOptions Validated()
    {
        OptionRange.RequireKnown(Kl, nameof(Kl));
        Require(ReconstructionWeight, nameof(ReconstructionWeight));
        Require(KlWeight, nameof(KlWeight));
        Require(ArchetypeWeight, nameof(ArchetypeWeight));
        Require(SideWeight, nameof(SideWeight));
        KlDecay?.Validate(nameof(KlDecay));
        if (KlDecay is { Start: > 0 } && KlWeight == 0)
            throw new ArgumentOutOfRangeException(
                nameof(KlWeight), KlWeight, "KlWeight must be above 0 where KlDecay falls to it: a weight that is divided never reaches 0");
        Shape.RequirePositive(Samples, "Samples", nameof(Samples));
        return this;
    }

    private static void Require(double weight, string name)
    {
        if (!(weight >= 0 && double.IsFinite(weight)))
            throw new ArgumentOutOfRangeException(name, weight, $"{name} must be a finite number of at least 0");
    }
}
