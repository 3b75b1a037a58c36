using VaeToolkit.Evaluation;

namespace VaeToolkit.VisualFields;

/// <summary>
/// How fast an eye changes: a line over time by least squares for every number of a <see cref="FieldSpace"/>, z_m(t) = a_m + b_m t
/// (Berchuck, Mukherjee and Medeiros 2019), through the means of the encoder and not through draws from it.
/// </summary>
public sealed class EyeRates
{
    private readonly FieldSpace _space;
    private readonly FieldSeries _eye;

    private EyeRates(FieldSpace space, FieldSeries eye, IReadOnlyList<LinearRate> rates) => (_space, _eye, Rates) = (space, eye, rates);

    /// <summary>A line for each of the M numbers.</summary>
    public IReadOnlyList<LinearRate> Rates { get; }

    /// <summary>Whether there are enough fields for standard errors: with two, rates are known but not how surely.</summary>
    public bool HasErrors => Rates[0].DegreesOfFreedom > 0;

    /// <summary>The rates of an eye.</summary>
    /// <param name="space">What describes a field.</param>
    /// <param name="eye">The eye: at least two fields, of two different times.</param>
    /// <param name="weights">How fields count; by default alike.</param>
    /// <exception cref="ArgumentException">The eye has fewer fields, or all are of one time; or a place has fewer than two
    /// values.</exception>
    /// <exception cref="NotSupportedException">Weights are asked for, and the space knows no variances.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The kind of weights is none of the enumeration's values.</exception>
    public static EyeRates Of(FieldSpace space, FieldSeries eye, RateWeights weights = RateWeights.Equal)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(eye);
        OptionRange.RequireKnown(weights, nameof(weights));
        eye.RequireRates();
        var numbers = space.Encode(eye.Fields);
        var variances = weights == RateWeights.Equal ? null : space.Variances(eye.Fields)
            ?? throw new NotSupportedException($"{space} knows no variances; take {nameof(RateWeights)}.{nameof(RateWeights.Equal)}");
        return new(space, eye, [.. Enumerable.Range(0, space.Size).Select(m => Rate(
            space, m, eye, [.. numbers.Select(row => row[m])], variances is null ? null : [.. variances.Select(row => 1 / row[m])]))]);
    }

    /// <summary>The field that the lines lead to.</summary>
    /// <param name="years">When; before the first field is allowed, and flagged.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is not finite.</exception>
    /// <exception cref="ArithmeticException">The time is so far off that the space has no field for the numbers there.</exception>
    public FieldForecast Forecast(double years)
    {
        FieldForecast.RequireTime(years);
        return FieldForecast.For(_eye, years, _space, [.. Rates.Select(rate => rate.At(years))]);
    }

    private static LinearRate Rate(FieldSpace space, int number, FieldSeries eye, double[] values, double[]? weights)
        => LinearRate.ExplainTooFew(eye.Years, values) is { } fault
            ? throw new ArgumentException($"eye {eye.Eye}, {space.NameOf(number)}: {fault}", nameof(eye))
            : LinearRate.Fit(eye.Years, values, weights);

    /// <summary>The eye and the slopes.</summary>
    public override string ToString()
        => $"eye {_eye.Eye}: {string.Join(", ", Rates.Select(rate => FormattableString.Invariant($"{rate.Slope:G3}")))} a year";
}
