using System.Globalization;

namespace VaeToolkit;

/// <summary>
/// The number that a label, a level or a class is, to its last digit: one value for <c>1</c>, <c>1.0</c> and <c>1e0</c>, and two for
/// numbers of fifty digits of which the last differs.
/// </summary>
/// <param name="Sign">−1, 0 or 1.</param>
/// <param name="Magnitude">m of ±0.d₁d₂… · 10ᵐ, whose first digit is not 0; 0 for 0.</param>
/// <param name="Digits">The digits d₁d₂…, of which the last is not 0; none for 0.</param>
internal readonly record struct ExactNumber(int Sign, long Magnitude, string Digits) : IComparable<ExactNumber>
{
    /// <summary>The number that a text is, or null.</summary>
    public static ExactNumber? Of(string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            return null;
        var number = text.Trim();
        var mantissaEnd = number.IndexOfAny(['e', 'E']) is var e and >= 0 ? e : number.Length;
        var exponent = 0L;
        if (mantissaEnd < number.Length
            && !long.TryParse(number.AsSpan(mantissaEnd + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            return null;
        var mantissa = number[..mantissaEnd].TrimStart('+', '-');
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var fraction = point < 0 ? 0 : mantissa.Length - point - 1;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        var significant = digits.TrimEnd('0');
        return significant.Length == 0 ? new(0, 0, "") : new(number[0] == '-' ? -1 : 1, digits.Length - fraction + exponent, significant);
    }

    /// <inheritdoc/>
    public int CompareTo(ExactNumber other)
    {
        if (Sign != other.Sign)
            return Sign.CompareTo(other.Sign);
        var order = Magnitude.CompareTo(other.Magnitude);
        return Sign * (order != 0 ? order : string.CompareOrdinal(Digits, other.Digits));
    }
}
