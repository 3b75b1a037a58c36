namespace VaeToolkit.SemiSupervised;

/// <summary>The unit of information. Losses are in nats always; figures can be read in either.</summary>
public enum InformationUnit
{
    /// <summary>Natural logarithms.</summary>
    Nats,

    /// <summary>Logarithms to base 2: nats / ln 2.</summary>
    Bits,
}
