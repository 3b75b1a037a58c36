namespace VaeToolkit;

/// <summary>What a Wasserstein autoencoder asks of its reconstructions.</summary>
public enum ReconstructionCost
{
    /// <summary>‖x − E[x|z]‖², summed over the item: the paper's.</summary>
    SquaredError,

    /// <summary>
    /// −log p(x|z) in nats. Normal values of a fixed variance make it the squared error divided by 2σ², and a likelihood with a mask
    /// counts what is there only.
    /// </summary>
    NegativeLogLikelihood,
}
