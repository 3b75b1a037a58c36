namespace VaeToolkit.WeightPriors;

/// <summary>Which weights a Bayesian network computes with.</summary>
public enum ForwardMode
{
    /// <summary>
    /// Noise on the outputs instead of the weights, independent for each voxel (Kingma et al. 2015):
    /// low variance of gradients, so it is for training.
    /// </summary>
    LocalReparameterisation,

    /// <summary>One draw of the weights for the whole batch, which all voxels share: for prediction and its uncertainty.</summary>
    WeightSample,

    /// <summary>The weights' means.</summary>
    Mean,
}
