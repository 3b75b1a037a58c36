using VaeToolkit.Evaluation;

namespace VaeToolkit.VisualFields;

/// <summary>
/// The columns of a table of fields, one row a field, beside a column for each of the layout's places. Empty places are missing; columns
/// that are not named here are ignored. Upper and lower case are the same unless the table has both, and a column that is named otherwise
/// than by default must be there.
/// </summary>
public sealed record FieldTableOptions
{
    /// <summary>The eye's name; default <c>eye</c>.</summary>
    public string Eye { get; init; } = "eye";

    /// <summary>The time in years; default <c>years</c>. It need not be regular.</summary>
    public string Years { get; init; } = "years";

    /// <summary>
    /// The patient's name; default <c>patient</c>. Where the table has no such column, every eye is taken for a patient of its own: with
    /// both eyes of a patient in it, splits then are not by patient.
    /// </summary>
    public string Patient { get; init; } = "patient";

    /// <summary>
    /// Which eye: <c>right</c>, <c>R</c> or <c>OD</c>, <c>left</c>, <c>L</c> or <c>OS</c>; default <c>side</c>. Without the column all are
    /// taken for right eyes.
    /// </summary>
    public string Side { get; init; } = "side";

    /// <summary>The visit's number, which may come once for an eye; default <c>visit</c>. It may be absent.</summary>
    public string Visit { get; init; } = "visit";

    /// <summary>Whether the eye progresses, 1 or 0, the same in all rows of an eye; default <c>progressing</c>. It may be absent.</summary>
    public string Progressing { get; init; } = "progressing";

    /// <summary>What the columns of a left eye mean; default its own reading order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public LeftEyeColumns LeftEyes { get; init => field = OptionRange.RequireKnown(value, nameof(LeftEyes)); }
}
