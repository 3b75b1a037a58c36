namespace VaeToolkit.VisualFields;

/// <summary>
/// A field by its mean alone, over the places that are there. Its rate is that of the mean deviation, which differs from the mean
/// sensitivity by what is normal for the age. Missing places shift it, as they do on a perimeter.
/// </summary>
/// <param name="layout">The places.</param>
public sealed class MeanSensitivitySpace(FieldLayout layout) : FieldSpace(layout)
{
    /// <inheritdoc/>
    public override int Size => 1;

    /// <inheritdoc/>
    protected override double[][] EncodeChecked(IReadOnlyList<VisualField> fields) => [.. fields.Select(field
        => (double[])[field.MeanSensitivity])];

    /// <inheritdoc/>
    protected override double[][] DecodeChecked(IReadOnlyList<double[]> numbers)
        => [.. numbers.Select(row => Enumerable.Repeat(row[0], Layout.Count).ToArray())];
}
