namespace VaeToolkit.VisualFields;

/// <summary>
/// Numbers that describe a field, such as the latent means of a VAE, and the way back. Rates, future fields and tests of progression are
/// of such numbers, so they are the same for all descriptions: derive one of your own to compare it.
/// </summary>
public abstract class FieldSpace
{
    /// <summary>Takes the layout.</summary>
    /// <param name="layout">The places of the fields.</param>
    protected FieldSpace(FieldLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        Layout = layout;
    }

    /// <summary>The places of the fields.</summary>
    public FieldLayout Layout { get; }

    /// <summary>M, how many numbers describe a field.</summary>
    public abstract int Size { get; }

    /// <summary>The numbers of every field, <c>[N][M]</c>.</summary>
    /// <param name="fields">The fields, at least one.</param>
    /// <exception cref="ArgumentException">There are none, or they have another number of places.</exception>
    public double[][] Encode(IReadOnlyList<VisualField> fields)
    {
        FieldPictures.RequirePlaces(Layout, fields);
        return EncodeChecked(fields);
    }

    /// <summary>
    /// How uncertain the numbers are: a variance for each, <c>[N][M]</c>; null, the default, where they are not known to be.
    /// </summary>
    /// <param name="fields">The fields, at least one.</param>
    /// <exception cref="ArgumentException">There are none, or they have another number of places.</exception>
    public double[][]? Variances(IReadOnlyList<VisualField> fields)
    {
        FieldPictures.RequirePlaces(Layout, fields);
        return VariancesChecked(fields);
    }

    /// <summary>The fields of numbers: dB at every place, <c>[N][places]</c>, within what a perimeter shows.</summary>
    /// <param name="numbers"><c>[N][M]</c>, at least one row.</param>
    /// <exception cref="ArgumentException">There are none, a row has another length than M, or a number is infinite, or NaN in a space
    /// that has no missing numbers.</exception>
    /// <exception cref="ArithmeticException">A place is NaN, since the numbers are too large for this space; the message names the
    /// row.</exception>
    public double[][] Decode(IReadOnlyList<double[]> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        if (numbers.Count == 0)
            throw new ArgumentException("there are no rows to decode", nameof(numbers));
        if (numbers.FirstOrDefault(row => row.Length != Size) is { } bad)
            throw new ArgumentException($"a row has {bad.Length} numbers; {this} has {Size}", nameof(numbers));
        for (var row = 0; row < numbers.Count; row++)
        {
            if (Array.FindIndex(numbers[row], double.IsInfinity) is var place and >= 0)
                throw new ArgumentException(FormattableString.Invariant(
                    $"row {row} has {numbers[row][place]} at {place}; every number must be finite"), nameof(numbers));
        }
        var fields = DecodeChecked(numbers);
        var lost = Enumerable.Range(0, fields.Length).FirstOrDefault(
            row => fields[row].Any(double.IsNaN) && !numbers[row].Any(double.IsNaN), -1);
        return lost >= 0
            ? throw new ArithmeticException(FormattableString.Invariant(
                $"the field of row {lost} is NaN: its numbers, up to {numbers[lost].Max(Math.Abs):G3}, are too large for {this}")) : fields;
    }

    /// <summary>What a number is called in messages.</summary>
    internal virtual string NameOf(int number) => $"number {number}";

    /// <summary>The numbers of fields that fit.</summary>
    protected abstract double[][] EncodeChecked(IReadOnlyList<VisualField> fields);

    /// <summary>Their variances, or null.</summary>
    protected virtual double[][]? VariancesChecked(IReadOnlyList<VisualField> fields) => null;

    /// <summary>The fields of numbers of the right length.</summary>
    protected abstract double[][] DecodeChecked(IReadOnlyList<double[]> numbers);

    /// <summary>The kind and M.</summary>
    public override string ToString() => $"{GetType().Name} of {Size}";
}
