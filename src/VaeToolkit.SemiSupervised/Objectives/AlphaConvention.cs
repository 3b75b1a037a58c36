namespace VaeToolkit.SemiSupervised;

/// <summary>
/// The unit of α, the weight of classification in <see cref="AlphaWeight.OnClassification"/>. N_l of N items are labelled.
/// </summary>
public enum AlphaConvention
{
    /// <summary>J + α · mean over labelled rows of log q(y|x).</summary>
    MeanOverLabelled,

    /// <summary>J + α · sum over labelled rows of log q(y|x): α N_l in the unit of the mean.</summary>
    PerRow,

    /// <summary>
    /// J + α N · mean over labelled rows of log q(y|x), N counting unlabelled items too (Kingma et al. 2014, where α is 0.1).
    /// </summary>
    TimesItems,
}
