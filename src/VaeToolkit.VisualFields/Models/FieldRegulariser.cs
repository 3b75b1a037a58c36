namespace VaeToolkit.VisualFields;

/// <summary>What keeps the latent features of fields near the prior.</summary>
public enum FieldRegulariser
{
    /// <summary>A normal posterior and its KL divergence: a weighted evidence lower bound, with a noise that is learned.</summary>
    Kl,

    /// <summary>
    /// The authors' way: one latent vector a field, and the squared maximum mean discrepancy of a batch's vectors to the prior, beside the
    /// mean squared error of the places.
    /// </summary>
    Mmd,
}
