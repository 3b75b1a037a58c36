namespace VaeToolkit.VisualFields;

/// <summary>How the fields of an eye count in its rates.</summary>
public enum RateWeights
{
    /// <summary>All alike: ordinary least squares.</summary>
    Equal,

    /// <summary>By 1 / variance of each number, where the space knows it: fields of which the encoder is sure count more.</summary>
    InverseVariance,
}
