namespace VaeToolkit.VisualFields;

/// <summary>What an encoder of fields says of a field.</summary>
public enum FieldCode
{
    /// <summary>A diagonal normal posterior, for a bound with a KL divergence.</summary>
    Normal,

    /// <summary>One latent vector, as the authors' encoder: for objectives that compare all codes with the prior, such as MMD.</summary>
    Point,
}
