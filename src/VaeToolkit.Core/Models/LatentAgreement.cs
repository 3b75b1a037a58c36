namespace VaeToolkit;

/// <summary>The rule that a model's parts speak of the same latent vectors.</summary>
public static class LatentAgreement
{
    /// <summary>Compares the numbers of latent features of a model's parts.</summary>
    /// <exception cref="ArgumentException">They differ.</exception>
    public static void Require(long encoder, long decoder, long prior)
    {
        if (prior != encoder)
            throw new ArgumentException($"encoder outputs {encoder} latent features, prior has {prior}", nameof(prior));
        if (decoder != encoder)
            throw new ArgumentException($"encoder outputs {encoder} latent features, decoder takes {decoder}", nameof(decoder));
    }
}
