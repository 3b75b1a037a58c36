namespace VaeToolkit;

/// <summary>Options of <see cref="RecurrentDecoder"/>.</summary>
public sealed record RecurrentDecoderOptions
{
    /// <summary>Units H of a recurrent layer, at least 1; default 256. Gómez-Bombarelli et al. (2018) have 488.</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>Recurrent layers, at least 1; default 1. Gómez-Bombarelli et al. (2018) have 3.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Features of a token, at least 1; default 32.</summary>
    public int EmbeddingSize { get; init; } = 32;

    /// <summary>
    /// How many numbers every place of a sequence sees of the latent vector by a linear map of its own, at least 0; default 32. Units
    /// have to learn to count before they find a place's share of the latent vector by themselves, so reconstruction comes much sooner.
    /// 0 is the decoder of Gómez-Bombarelli et al. (2018), whose places all see the same.
    /// </summary>
    public int PlaceFeatures { get; init; } = 32;

    /// <summary>
    /// The probability, from 0 to below 1, with which a token that a decoder is given while training is hidden from it, so that it has to
    /// ask the latent vector (Bowman et al. 2016); default 0.2.
    /// </summary>
    public double WordDropout { get; init; } = 0.2;

    internal RecurrentDecoderOptions Validated()
    {
        Shape.RequirePositive(Hidden, "Hidden", nameof(Hidden));
        Shape.RequirePositive(Layers, "Layers", nameof(Layers));
        Shape.RequirePositive(EmbeddingSize, "EmbeddingSize", nameof(EmbeddingSize));
        if (PlaceFeatures < 0)
            throw new ArgumentOutOfRangeException(nameof(PlaceFeatures), PlaceFeatures, "PlaceFeatures must be at least 0");
        return WordDropout is >= 0 and < 1
            ? this
            : throw new ArgumentOutOfRangeException(nameof(WordDropout), WordDropout, "WordDropout must be from 0 to below 1");
    }
}
