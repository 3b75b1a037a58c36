namespace VaeToolkit;

/// <summary>What <see cref="AugmentedData"/> does to pictures.</summary>
public sealed record PictureAugmentation
{
    /// <summary>
    /// Whether half of the pictures are mirrored, left to right; default false, since text, digits and what has a side become others.
    /// </summary>
    public bool Mirror { get; init; }

    /// <summary>
    /// The most pixels that a picture is shifted by, up or down and left or right, at least 0; default 4. What comes in from beyond the
    /// edge repeats the edge. It is the random crop of a picture with a border of that width.
    /// </summary>
    public int Shift { get; init; } = 4;

    /// <summary>What is done.</summary>
    public override string ToString()
        => FormattableString.Invariant($"{(Mirror ? "half of them mirrored" : "none mirrored")}, shifted by up to {Shift} pixels");
}
