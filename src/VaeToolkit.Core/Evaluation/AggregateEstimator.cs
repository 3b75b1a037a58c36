namespace VaeToolkit.Evaluation;

/// <summary>
/// How log q(z) of the aggregated posterior q(z) = (1/N) Σ_j q(z|x_j) is estimated for a sample z ~ q(z|x_i). The biases are of the
/// marginal KL, in expectation.
/// </summary>
public enum AggregateEstimator
{
    /// <summary>
    /// The mixture over all N items, the sample's own included. Unbiased for the data set's own aggregated posterior; too large for that
    /// of the population that the items were drawn from, because the divergence is convex.
    /// </summary>
    FullMixture,

    /// <summary>
    /// The mixture over the N − 1 other items. Too small for the population's aggregated posterior (Jensen), so that together with
    /// <see cref="FullMixture"/> it brackets that figure. Can be far below zero where posteriors do not overlap.
    /// </summary>
    LeaveOneOut,

    /// <summary>
    /// (1/(N M)) Σ over a minibatch of M items, the sample's own included (Chen et al. 2018, eq. 5). Too small, by log M where posteriors
    /// do not overlap and by up to log N where they all agree; here for comparison with published figures.
    /// </summary>
    MinibatchWeighted,

    /// <summary>
    /// The own item with weight 1/N and the M − 1 others of a minibatch with weights (N − 1) / (N (M − 1)): unbiased for q(z) (Chen
    /// et al. 2018, appendix C), so by Jensen too large an entropy and too small a divergence, by less as M grows.
    /// </summary>
    MinibatchStratified,
}
