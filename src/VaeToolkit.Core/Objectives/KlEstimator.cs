namespace VaeToolkit;

/// <summary>How an evidence lower bound takes its KL divergence.</summary>
public enum KlEstimator
{
    /// <summary>In closed form where the prior has one for the posterior, else sampled.</summary>
    ClosedForm,

    /// <summary>Always log q(z|x) − log p(z), averaged over the samples.</summary>
    Sampled,
}
