namespace VaeToolkit.DeepSurvival;

/// <summary>From what the latent vectors of a prediction are drawn.</summary>
public enum Proposal
{
    /// <summary>
    /// The prior p(z), with weights p(x|z) (Beaulac et al. 2018, eq. 15 and 16). All patients share the draws, so it is fast;
    /// few draws count where covariates say much.
    /// </summary>
    Prior,

    /// <summary>
    /// For each patient the mean of the encoder's posteriors at quantiles of the model's own times, mixed with the prior, with weights
    /// p(x|z) p(z) / r(z). More draws count. The patient's own time is never looked at.
    /// </summary>
    EncoderMixture,
}
