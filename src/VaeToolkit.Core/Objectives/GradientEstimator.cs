namespace VaeToolkit;

/// <summary>
/// How the gradient of an importance-weighted bound with respect to the encoder is estimated. All have the same expectation.
/// </summary>
public enum GradientEstimator
{
    /// <summary>Backpropagation through the bound. Its signal vanishes against its noise as K grows (Rainforth et al. 2018).</summary>
    Standard,

    /// <summary>
    /// Sticking the landing (Roeder et al. 2017): the score of q is dropped, so the gradient has no noise at the exact posterior. It is
    /// unbiased for K = 1 only; for K above 1 use <see cref="DoublyReparameterised"/>.
    /// </summary>
    StickingTheLanding,

    /// <summary>
    /// Doubly reparameterised (DReG, Tucker et al. 2019): unbiased for every K, with less noise; costs one more forward pass.
    /// </summary>
    DoublyReparameterised,
}
