namespace VaeToolkit;

/// <summary>How the bytes of an image become the values that a model sees.</summary>
public enum Binarisation
{
    /// <summary>Grey levels, byte / 255, in [0, 1].</summary>
    None,

    /// <summary>1 where the byte is above 127, else 0: the same picture every time.</summary>
    Threshold,

    /// <summary>1 with probability byte / 255, else 0, drawn afresh every epoch as a function of (seed, epoch, image).</summary>
    Random,
}
