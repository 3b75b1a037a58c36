using System.Globalization;

namespace VaeToolkit.Pictures;

/// <summary>
/// The number that a label is: one value for <c>1</c>, <c>1.0</c> and <c>1e0</c>. A double tells apart what is too small for a decimal, and
/// a decimal the numbers of more digits than a double has.
/// </summary>
/// <param name="Value">The number.</param>
/// <param name="Digits">The same with 28 digits, or null where it is too large.</param>
internal readonly record struct LabelNumber(double Value, decimal? Digits) : IComparable<LabelNumber>
{
    /// <summary>The number of a label, or null.</summary>
    public static LabelNumber? Of(string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? new(value, decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var digits) ? digits : null)
            : null;

    /// <inheritdoc/>
    public int CompareTo(LabelNumber other)
        => Value.CompareTo(other.Value) is var order and not 0 ? order : Nullable.Compare(Digits, other.Digits);
}
