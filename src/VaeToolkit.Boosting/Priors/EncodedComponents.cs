using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>Components of a latent mixture that are an encoder's posteriors.</summary>
internal static class EncodedComponents
{
    /// <exception cref="ArgumentException">The inputs do not fit the encoder, or its posterior is no diagonal normal.</exception>
    internal static DiagonalComponents Of(Encoder encoder, torch.Tensor inputs) => Encoded(encoder, inputs) switch
    {
        DiagonalNormal normal => new(normal.Mean, normal.LogVariance),
        var posterior => throw new ArgumentException(
            $"the encoder's posterior is a {posterior.GetType().Name}; it must be a {nameof(DiagonalNormal)}", nameof(encoder)),
    };

    private static Posterior Encoded(Encoder encoder, torch.Tensor inputs)
        => EngineError.Of(encoder, inputs, nameof(inputs), () => encoder.forward(inputs));
}
