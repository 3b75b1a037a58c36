namespace VaeToolkit.WeightPriors;

/// <summary>How the networks of this assembly normalise feature maps.</summary>
public enum Normalisation
{
    /// <summary>
    /// Every channel of every volume to mean 0 and variance 1 over its voxels; no affine map, no running statistics (ε = 1e-5).
    /// </summary>
    Instance,

    /// <summary>Groups of up to eight channels together, with a learned affine map (Wu &amp; He 2018).</summary>
    Group,
}
