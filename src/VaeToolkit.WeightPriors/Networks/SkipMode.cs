namespace VaeToolkit.WeightPriors;

/// <summary>How the decoder of a U-Net takes in the encoder's feature map of the same size.</summary>
public enum SkipMode
{
    /// <summary>By addition, as Kuzina et al. (2019) do in their code.</summary>
    Add,

    /// <summary>By concatenation along the channels, as Ronneberger et al. (2015) do.</summary>
    Concatenate,
}
