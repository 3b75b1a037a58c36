using VaeToolkit.Evaluation;

namespace VaeToolkit.VisualFields;

/// <summary>The fields of one eye, in the order of time.</summary>
public sealed class FieldSeries
{
    /// <summary>The fields of an eye.</summary>
    /// <param name="eye">The eye's name.</param>
    /// <param name="patient">The patient's: both eyes of a patient have one, and stay on one side of a split.</param>
    /// <param name="fields">The fields, at least one, of equally many places; they are put in the order of time.</param>
    /// <exception cref="ArgumentException">There are no fields, or they have different numbers of places.</exception>
    public FieldSeries(string eye, string patient, IReadOnlyList<VisualField> fields)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(eye);
        ArgumentException.ThrowIfNullOrWhiteSpace(patient);
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Count == 0)
            throw new ArgumentException($"eye {eye} has no fields", nameof(fields));
        if (fields.Select(field => field.Sensitivities.Count).Distinct().Count() > 1)
            throw new ArgumentException($"the fields of eye {eye} have different numbers of places", nameof(fields));
        (Eye, Patient, Fields) = (eye, patient, [.. fields.OrderBy(field => field.Years)]);
    }

    /// <summary>The eye's name.</summary>
    public string Eye { get; }

    /// <summary>The patient's name.</summary>
    public string Patient { get; }

    /// <summary>Which eye; the fields are in the orientation of a right eye in any case. Default right.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public EyeSide Side { get; init => field = OptionRange.RequireKnown(value, nameof(Side)); }

    /// <summary>Whether the eye is known to progress; null, the default, where nobody says.</summary>
    public bool? IsProgressing { get; init; }

    /// <summary>The fields in the order of time.</summary>
    public IReadOnlyList<VisualField> Fields { get; }

    /// <summary>Number of fields.</summary>
    public int Count => Fields.Count;

    /// <summary>When they were taken, in years, ascending.</summary>
    public IReadOnlyList<double> Years => [.. Fields.Select(visit => visit.Years)];

    /// <summary>The first fields of the eye.</summary>
    /// <param name="count">How many, from 1 to <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public FieldSeries First(int count)
    {
        if (count < 1 || count > Count)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"eye {Eye} has {Count} fields");
        return new(Eye, Patient, [.. Fields.Take(count)]) { Side = Side, IsProgressing = IsProgressing };
    }

    /// <summary>The eye, and how many fields over how many years.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"eye {Eye} of patient {Patient}: {Count} fields over {Fields[^1].Years - Fields[0].Years:G4} years");

    /// <summary>Whether all fields are of one time, but for rounding.</summary>
    internal bool IsOfOneTime => LinearRate.IsOne(Fields[0].Years, Fields[^1].Years);

    /// <exception cref="ArgumentException">There are fewer than two fields, or all are of one time.</exception>
    internal void RequireRates()
    {
        if (Count < 2)
            throw new ArgumentException($"eye {Eye} has {Count} field; a rate of change needs two");
        if (IsOfOneTime)
            throw new ArgumentException(FormattableString.Invariant(
                $"all {Count} fields of eye {Eye} are of year {Fields[0].Years}; a rate of change needs two different times"));
    }
}
