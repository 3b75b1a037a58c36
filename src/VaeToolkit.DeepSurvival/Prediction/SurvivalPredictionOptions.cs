using VaeToolkit.Evaluation;

namespace VaeToolkit.DeepSurvival;

/// <summary>How a prediction draws latent vectors.</summary>
public sealed record SurvivalPredictionOptions
{
    /// <summary>Latent vectors for each patient, L, at least 2. Default 1000.</summary>
    public int Draws { get; init; } = 1000;

    /// <summary>From what they are drawn. Default: the prior, as in the paper.</summary>
    public Proposal Proposal { get; init; } = Proposal.Prior;

    /// <summary>
    /// For <see cref="Proposal.EncoderMixture"/>: the share that comes from the prior, above 0 and at most 1, which bounds the weights.
    /// Default 0.1.
    /// </summary>
    public double PriorShare { get; init; } = 0.1;

    /// <summary>
    /// For <see cref="Proposal.EncoderMixture"/>: the number of times at which the encoder is asked, at least 1. Default 16.
    /// </summary>
    public int Quantiles { get; init; } = 16;

    /// <summary>Seed of the draws. Default 0.</summary>
    public long Seed { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    internal void Validate()
    {
        OptionRange.RequireKnown(Proposal, nameof(Proposal));
        if (Draws < 2)
            throw new ArgumentOutOfRangeException(nameof(Draws), Draws, "There must be at least 2 draws.");
        if (!(PriorShare > 0 && PriorShare <= 1))
            throw new ArgumentOutOfRangeException(nameof(PriorShare), PriorShare, "The prior's share must be above 0 and at most 1.");
        if (Quantiles < 1)
            throw new ArgumentOutOfRangeException(nameof(Quantiles), Quantiles, "There must be at least 1 quantile.");
    }
}
