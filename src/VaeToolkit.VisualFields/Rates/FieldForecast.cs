namespace VaeToolkit.VisualFields;

/// <summary>A field that is expected at a time.</summary>
/// <param name="Years">When.</param>
/// <param name="Sensitivities">dB at every place, from 0 to <see cref="FieldPictures.Decibels"/>, or as far as the eye's own readings
/// go beyond.</param>
/// <param name="IsBeforeFirstVisit">Whether the time is before the eye's first field: the line is then followed backwards.</param>
/// <param name="AtFloor">
/// How many readings behind it were at or below 0 dB. There the true sensitivity may be lower, and slopes through them are too flat.
/// </param>
public sealed record FieldForecast(double Years, IReadOnlyList<double> Sensitivities, bool IsBeforeFirstVisit, int AtFloor)
{
    /// <summary>The mean, in dB.</summary>
    public double MeanSensitivity => Sensitivities.Average();

    /// <summary>The mean distance to a field that was taken, over the places that it has, in dB.</summary>
    /// <param name="field">The field.</param>
    /// <exception cref="ArgumentException">It has another number of places.</exception>
    public double MeanAbsoluteError(VisualField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return field.Sensitivities.Count == Sensitivities.Count
            ? field.Sensitivities.Zip(Sensitivities, (taken, expected) => Math.Abs(taken - expected)).Where(double.IsFinite).Average()
            : throw new ArgumentException($"the field has {field.Sensitivities.Count} places, the forecast {Sensitivities.Count}",
                nameof(field));
    }

    /// <summary>The time and the mean.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"year {Years:G4}: {MeanSensitivity:F1} dB{(IsBeforeFirstVisit ? ", before the first field" : "")}");

    /// <summary>A forecast for an eye, within what a perimeter shows and the eye has shown.</summary>
    /// <exception cref="ArithmeticException">The space has no field for the numbers.</exception>
    internal static FieldForecast For(FieldSeries eye, double years, FieldSpace space, double[] numbers)
    {
        try
        {
            return Array.TrueForAll(numbers, double.IsFinite) ? For(eye, years, space.Decode([numbers])[0])
                : throw new ArithmeticException("a number of it is beyond 1.8e308");
        }
        catch (ArithmeticException e)
        {
            throw new ArithmeticException(
                FormattableString.Invariant($"there is no forecast for eye {eye.Eye} at {years:G4} years, so far from its fields: ")
                + e.Message, e);
        }
    }

    private static FieldForecast For(FieldSeries eye, double years, double[] sensitivities)
    {
        var readings = eye.Fields.SelectMany(field => field.Sensitivities).Where(double.IsFinite).ToList();
        var (lowest, highest) = (Math.Min(0, readings.Min()), Math.Max(FieldPictures.Decibels, readings.Max()));
        return new(
            years, Array.ConvertAll(sensitivities, value => Math.Clamp(value, lowest, highest)), years < eye.Fields[0].Years,
            eye.Fields.Sum(field => field.AtFloor));
    }

    /// <exception cref="ArgumentOutOfRangeException">The time is not finite.</exception>
    internal static void RequireTime(double years)
    {
        if (!double.IsFinite(years))
            throw new ArgumentOutOfRangeException(nameof(years), years, "the time must be a finite number of years");
    }
}
