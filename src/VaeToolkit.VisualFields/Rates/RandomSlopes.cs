using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.VisualFields;

/// <summary>
/// Rates that are shrunk towards the cohort's, the recommended way to future fields: the numbers of a field are z(t) = a + b t + e with
/// e ~ N(0, R), and the 2M intercepts and slopes of an eye are (a, b) ~ N(μ, G) (random slopes; Laird and Ware 1982). μ, G and R are
/// estimated from a cohort by expectation maximisation (empirical Bayes), and an eye's own line is its posterior mean: few or short series
/// say little about a slope, so it stays near the cohort's, and long ones say all.
/// </summary>
public sealed class RandomSlopes
{
    private readonly FieldSpace _space;

    internal RandomSlopes(FieldSpace space, Vector<double> mean, Matrix<double> between, Matrix<double> noise, double origin)
    {
        (_space, Mean, Between, Noise, Origin) = (space, mean, between, noise, origin);
    }

    /// <summary>μ: the M intercepts at <see cref="Origin"/> after each eye's first field, then the M slopes by year.</summary>
    public Vector<double> Mean { get; }

    /// <summary>G, how eyes differ, <c>[2M, 2M]</c>.</summary>
    public Matrix<double> Between { get; }

    /// <summary>R, how the fields of one eye scatter about its line, <c>[M, M]</c>: the noise of test and retest.</summary>
    public Matrix<double> Noise { get; }

    /// <summary>
    /// When intercepts are taken, in years after an eye's first field: the mean of the cohort's times. Slopes are measured from there, so
    /// that intercepts and slopes are nearly unrelated.
    /// </summary>
    public double Origin { get; }

    /// <summary>Estimates μ, G and R from a cohort.</summary>
    /// <param name="space">What describes a field; every number must be there in every field.</param>
    /// <param name="cohort">Eyes; those with one field, or fields of one time, say nothing about slopes and are left out.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="progress">Told of every step: its number, and the mean log-likelihood of a field's numbers in nats.</param>
    /// <param name="cancellationToken">Looked at between steps.</param>
    /// <exception cref="ArgumentException">Fewer than three eyes are left, or a place is missing in a space that has a number for
    /// it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static RandomSlopes Fit(
        FieldSpace space, FieldCohort cohort, RandomSlopesOptions? options = null,
        IProgress<(int Iteration, double LogLikelihood)>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(cohort);
        options = (options ?? new()).Validated();
        FieldSeries[] eyes = [.. cohort.Eyes.Where(eye => !eye.IsOfOneTime)];
        if (eyes.Length < 3)
            throw new ArgumentException($"{eyes.Length} of {cohort.Eyes.Count} eyes have fields of different times; it needs 3",
                nameof(cohort));
        var numbers = space.Encode([.. eyes.SelectMany(eye => eye.Fields)]);
        if (numbers.Any(row => row.Any(double.IsNaN)))
            throw new ArgumentException($"a place is missing, and {space} has no number for it; take a space that fills it in",
                nameof(cohort));
        var origin = eyes.SelectMany(Elapsed).Average();
        var estimate = new SlopesEstimate(space.Size, [.. eyes.Select(eye => Elapsed(eye).Select(time
            => time - origin).ToArray())], numbers);
        var before = double.NegativeInfinity;
        for (var iteration = 1; iteration <= options.MaxIterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var likelihood = estimate.Step();
            progress?.Report((iteration, likelihood));
            if (likelihood - before < options.Tolerance)
                break;
            before = likelihood;
        }
        return new(space, estimate.Mean, estimate.Between, estimate.Noise, origin);
    }

    /// <summary>An eye's own intercepts and slopes: the posterior mean, in the order of <see cref="Mean"/>.</summary>
    /// <param name="eye">The eye; one field is enough.</param>
    /// <exception cref="ArgumentException">A place is missing in a space that has a number for it.</exception>
    public Vector<double> Line(FieldSeries eye)
    {
        ArgumentNullException.ThrowIfNull(eye);
        var numbers = _space.Encode(eye.Fields);
        if (numbers.Any(row => row.Any(double.IsNaN)))
            throw new ArgumentException($"a place of eye {eye.Eye} is missing, and {_space} has no number for it", nameof(eye));
        var design = new SlopesDesign(Elapsed(eye).Select(time => time - Origin), Between, Noise);
        return Mean + design.Posterior(design.Weighted(numbers) - design.Precision * Mean);
    }

    /// <summary>The field that the eye's own line leads to.</summary>
    /// <param name="eye">The eye; one field is enough.</param>
    /// <param name="years">When, on the clock of the eye's fields; before the first one is allowed, and flagged.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is not finite.</exception>
    /// <exception cref="ArgumentException">A place is missing in a space that has a number for it.</exception>
    /// <exception cref="ArithmeticException">The time is so far off that the space has no field for the numbers there.</exception>
    public FieldForecast Forecast(FieldSeries eye, double years)
    {
        FieldForecast.RequireTime(years);
        var line = Line(eye);
        var elapsed = years - eye.Fields[0].Years - Origin;
        return FieldForecast.For(
            eye, years, _space, [.. Enumerable.Range(0, _space.Size).Select(m => line[m] + elapsed * line[_space.Size + m])]);
    }

    /// <summary>The space, and how much slopes vary beside the noise.</summary>
    public override string ToString() => $"random slopes of {_space}, intercepts {Origin:G3} years after the first field";

    private static IEnumerable<double> Elapsed(FieldSeries eye) => eye.Fields.Select(field => field.Years - eye.Fields[0].Years);
}
