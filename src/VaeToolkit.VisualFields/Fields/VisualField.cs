namespace VaeToolkit.VisualFields;

/// <summary>One field: the sensitivity at every place, in dB, in the orientation of a right eye, and when it was taken.</summary>
public sealed class VisualField
{
    /// <summary>The lowest value that is taken for a sensitivity, in dB: perimeters write −1 or −2 for "not seen".</summary>
    public const double Lowest = -5;

    /// <summary>The highest, in dB.</summary>
    public const double Highest = 50;

    private readonly double[] _sensitivities;

    /// <summary>A field.</summary>
    /// <param name="years">When it was taken, in years from any date, the same for all fields of an eye.</param>
    /// <param name="sensitivities">dB at every place of a layout, NaN where it is missing. A left eye's are mirrored first:
    /// <see cref="FieldLayout.FromLeftEye"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is not finite, or a value is not between −5 and 50 dB.</exception>
    /// <exception cref="ArgumentException">There is no value at all.</exception>
    public VisualField(double years, IReadOnlyList<double> sensitivities)
    {
        ArgumentNullException.ThrowIfNull(sensitivities);
        if (!double.IsFinite(years))
            throw new ArgumentOutOfRangeException(nameof(years), years, "the time must be a finite number of years");
        _sensitivities = [.. sensitivities];
        foreach (var value in _sensitivities)
        {
            if (!double.IsNaN(value) && !IsSensitivity(value))
                throw new ArgumentOutOfRangeException(nameof(sensitivities), value, Rule);
        }
        if (_sensitivities.All(double.IsNaN))
            throw new ArgumentException(FormattableString.Invariant($"the field at year {years} has no value at all"),
                nameof(sensitivities));
        Years = years;
    }

    /// <summary>When it was taken, in years.</summary>
    public double Years { get; }

    /// <summary>dB at every place, NaN where it is missing.</summary>
    public IReadOnlyList<double> Sensitivities => _sensitivities;

    /// <summary>Number of missing places.</summary>
    public int Missing => _sensitivities.Count(double.IsNaN);

    /// <summary>
    /// Places at or below 0 dB, where the brightest light was not seen: the true sensitivity may be lower, and slopes through such readings
    /// are too flat.
    /// </summary>
    public int AtFloor => _sensitivities.Count(value => value <= 0);

    /// <summary>The mean over the places that are there, in dB.</summary>
    public double MeanSensitivity => _sensitivities.Where(value => !double.IsNaN(value)).Average();

    internal static string Rule { get; } = FormattableString.Invariant($"a sensitivity must be between {Lowest} and {Highest} dB");

    /// <summary>The time and the mean.</summary>
    public override string ToString() => FormattableString.Invariant($"year {Years:G4}: {MeanSensitivity:F1} dB");

    internal static bool IsSensitivity(double value) => value is >= Lowest and <= Highest;
}
