namespace VaeToolkit.VisualFields;

/// <summary>
/// A field as it is, one number a place: rates over it are the point-wise regression that perimeters print. A missing place is NaN, and
/// a rate leaves it out.
/// </summary>
/// <param name="layout">The places.</param>
public sealed class PlacewiseSpace(FieldLayout layout) : FieldSpace(layout)
{
    /// <inheritdoc/>
    public override int Size => Layout.Count;

    internal override string NameOf(int number) => $"place {Layout.Places[number].Name}";

    /// <inheritdoc/>
    protected override double[][] EncodeChecked(IReadOnlyList<VisualField> fields) => [.. fields.Select(field
        => field.Sensitivities.ToArray())];

    /// <inheritdoc/>
    protected override double[][] DecodeChecked(IReadOnlyList<double[]> numbers) => [.. numbers.Select(row => row.ToArray())];
}
