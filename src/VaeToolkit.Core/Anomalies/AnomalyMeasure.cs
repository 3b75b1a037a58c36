namespace VaeToolkit.Evaluation;

/// <summary>What tells an anomaly from a normal item. All are in nats, and larger is more unusual.</summary>
public enum AnomalyMeasure
{
    /// <summary>−log p(x), by importance sampling (Burda et al. 2016, eq. 8): how little the whole model expects the item.</summary>
    Likelihood,

    /// <summary>−log p(x | z = E_q[z|x]): how badly the item is rebuilt from its mean code (after An &amp; Cho 2015).</summary>
    Reconstruction,

    /// <summary>KL(q(z|x) ‖ p(z)): how far the item's code lies from the prior. In closed form where there is one, or sampled.</summary>
    LatentKl,
}
