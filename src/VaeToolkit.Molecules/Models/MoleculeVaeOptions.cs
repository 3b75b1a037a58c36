namespace VaeToolkit.Molecules;

/// <summary>The sizes of a <see cref="MoleculeVae"/>.</summary>
public sealed record MoleculeVaeOptions
{
    /// <summary>Latent features Z, at least 1; default 56. Gómez-Bombarelli et al. (2018) have 196 for 250,000 molecules.</summary>
    public int LatentSize { get; init; } = 56;

    /// <summary>The encoder.</summary>
    public SequenceEncoderOptions Encoder { get; init; } = new();

    /// <summary>The decoder.</summary>
    public RecurrentDecoderOptions Decoder { get; init; } = new();

    /// <summary>The property network, for a model of molecules with properties.</summary>
    public PropertyNetworkOptions Properties { get; init; } = new();
}
