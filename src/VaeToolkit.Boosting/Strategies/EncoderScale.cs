namespace VaeToolkit.Boosting;

/// <summary>How the encoder's part of <see cref="GeneratorRegularisation"/> counts over N stored components.</summary>
public enum EncoderScale
{
    /// <summary>The sum over components, as in the published code: N times the symmetric divergence.</summary>
    Sum,

    /// <summary>The mean over components.</summary>
    Mean,
}
