namespace VaeToolkit.VisualFields;

/// <summary>A place that is tested, in the orientation of a right eye: its blind spot is at x = 15°.</summary>
/// <param name="Name">The column's name, such as <c>v0</c>.</param>
/// <param name="X">Degrees to the right of the point that is looked at.</param>
/// <param name="Y">Degrees above it.</param>
/// <param name="Row">The row of the picture, from the top.</param>
/// <param name="Column">The column of the picture, from the left.</param>
public sealed record FieldPlace(string Name, double X, double Y, int Row, int Column)
{
    /// <summary>The name and the degrees.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} ({X}°, {Y}°)");
}
