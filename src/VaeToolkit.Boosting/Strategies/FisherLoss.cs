namespace VaeToolkit.Boosting;

/// <summary>Which log-density's gradients make the Fisher information of <see cref="ElasticWeightConsolidation"/>.</summary>
public enum FisherLoss
{
    /// <summary>log p(x|z), as in the published code.</summary>
    Reconstruction,

    /// <summary>The evidence lower bound with one sample, log p(x|z) + log p(z) − log q(z|x).</summary>
    Bound,
}
