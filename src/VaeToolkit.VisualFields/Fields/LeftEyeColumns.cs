namespace VaeToolkit.VisualFields;

/// <summary>What the columns of a left eye's row mean.</summary>
public enum LeftEyeColumns
{
    /// <summary>
    /// The places of the left eye's own pattern in reading order, top row first and each row from the left: perimeters print fields so.
    /// The pattern is the right eye's mirrored, so rows begin at other places.
    /// </summary>
    ReadingOrder,

    /// <summary>The right eye's order: column k is the mirror image of the right eye's place k. Such rows are mirrored already.</summary>
    Mirrored,
}
