using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Survival;

/// <summary>
/// Weibull times whose scale depends on covariates, by maximum likelihood: S(y|x) = exp(-(y/λ)^k) with ln λ = b₀ + x b and one shape k.
/// Hazards are proportional with log ratios -k b, and times are accelerated by e^{xb}. With k = 1 times are exponential. (R's
/// <c>survreg</c> has the same b₀ and b, and scale = 1/k.)
/// </summary>
public sealed class WeibullRegression
{
    // Times that scatter by a part in a million. The coefficients of the hazard are k times those of ln λ, of which e^20 for one standard
    // deviation is no estimate. That there is no maximum the information says, which vanishes.
    private const double InfiniteShape = 1e6;
    private const double InfiniteCoefficient = 20 * InfiniteShape;

    private readonly DesignMatrix _design;
    private readonly int _events;
    private readonly double _logScaleAtMeans;

    private WeibullRegression(SurvivalTimes patients, DesignMatrix design, WeibullOptions options)
    {
        (_design, _events) = (design, patients.EventCount);
        // In units of the exponential estimate the start is exact for k = 1 and no covariates.
        var logUnit = Math.Log(patients.Times.ToArray().Sum() / patients.EventCount);
        var estimate = Maximise(shape => new(patients, design, logUnit, shape), options);
        var at = estimate.At;
        Shape = options.Shape ?? at[^1];
        Coefficients = [.. design.Deviations.Select((deviation, j) => at[1 + j] / (Shape * deviation))];
        _logScaleAtMeans = logUnit + at[0] / Shape;
        Intercept = _logScaleAtMeans - Coefficients.Zip(design.Means, (coefficient, mean) => coefficient * mean).Sum();
        LogLikelihood = estimate.Point.Value;
        var slopes = Slopes(Intercept - logUnit, estimated: options.Shape is null);
        var covariance = estimate.Point.Information.Inverse();
        Covariance = (slopes * covariance * slopes.Transpose()).ToArray();
        StandardErrors = [.. slopes.EnumerateRows().Select(row => StandardError(row, covariance))];
    }

    /// <summary>The shape k: the hazard falls with time below 1 and rises above.</summary>
    public double Shape { get; }

    /// <summary>b₀, the logarithm of the scale of a patient whose covariates are all 0.</summary>
    public double Intercept { get; }

    /// <summary>The coefficients b <c>[P]</c> of the logarithm of the scale: above 0 means later events.</summary>
    public IReadOnlyList<double> Coefficients { get; }

    /// <summary>The names of the columns <c>[P]</c>.</summary>
    public IReadOnlyList<string> Names => _design.Names;

    /// <summary>
    /// The covariance of b₀, b, and ln k where the shape was estimated, <c>[P + 2, P + 2]</c> or <c>[P + 1, P + 1]</c>: the inverse of
    /// the observed information. Beyond the numbers there are (1e±308) where columns are of a size beyond 1e±154.
    /// </summary>
    public double[,] Covariance { get; }

    /// <summary>The standard errors of b₀, b, and ln k where the shape was estimated.</summary>
    public IReadOnlyList<double> StandardErrors { get; }

    /// <summary>
    /// The estimates of b₀, b, and ln k where the shape was estimated, with z, p and intervals; e^b is the ratio of times that one unit
    /// makes, for b₀ the scale and for ln k the shape.
    /// </summary>
    /// <param name="level">The coverage of the intervals, above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The level is not between 0 and 1.</exception>
    public IReadOnlyList<CoefficientEstimate> Summary(double level = 0.95)
    {
        CoefficientEstimate.RequireLevel(level);
        string[] names = ["intercept", .. Names, "ln shape"];
        double[] values = [Intercept, .. Coefficients, Math.Log(Shape)];
        return [.. StandardErrors.Select((error, i) => new CoefficientEstimate(names[i], values[i], error, level))];
    }

    /// <summary>Σ over events of ln f plus Σ over censored of ln S, in nats, with times in the unit that was given.</summary>
    public double LogLikelihood { get; }

    /// <summary>The times of a patient with mean covariates; of everybody in a model without covariates.</summary>
    public WeibullDistribution AtMeans => new(Math.Exp(_logScaleAtMeans), Shape);

    /// <summary>Fits the model.</summary>
    /// <param name="patients">The patients, N, of whom at least one has the event.</param>
    /// <param name="covariates">Their covariates <c>[N, P]</c>, finite, no column constant; null for none.</param>
    /// <param name="options">A known shape, iterations; null for the defaults.</param>
    /// <param name="names">The names of the columns <c>[P]</c>, for messages; null for "column 0" and so on.</param>
    /// <exception cref="ArgumentException">
    /// Sizes differ, no event, a covariate that is not finite or constant (its row and column are named),
    /// or columns that determine one another.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="MonotoneLikelihoodException">
    /// The likelihood has no maximum: a covariate separates the events, or all events are at one time (the shape grows without end).
    /// </exception>
    /// <exception cref="InvalidOperationException">The steps were not enough.</exception>
    public static WeibullRegression Fit(
        SurvivalTimes patients, double[,]? covariates = null, WeibullOptions? options = null, IReadOnlyList<string>? names = null)
    {
        ArgumentNullException.ThrowIfNull(patients);
        options = (options ?? new()).Validated();
        var design = new DesignMatrix(covariates ?? new double[patients.Count, 0], patients.Count, names);
        if (patients.EventCount == 0)
            throw new ArgumentException("There is no event among the patients; a Weibull model needs at least one.", nameof(patients));
        return new(patients, design, options);
    }

    /// <summary>The distributions of patients' times <c>[N]</c>.</summary>
    /// <param name="covariates">Covariates <c>[N, P]</c> with the fitted columns.</param>
    /// <exception cref="ArgumentException">Another number of columns than fitted, a covariate that is not finite, or one so far out that
    /// the scale is out of a double's range (<see cref="Survival"/> takes it); the row is named.</exception>
    public WeibullDistribution[] Distributions(double[,] covariates) => [.. LogScales(covariates).Select(Distribution)];

    /// <summary>Survival S(t|x) <c>[N, T]</c>: a row per patient, a column per time. What the scores take.</summary>
    /// <param name="covariates">Covariates <c>[N, P]</c> with the fitted columns.</param>
    /// <param name="times">The times <c>[T]</c>, 0 or more.</param>
    /// <exception cref="ArgumentException">Another number of columns than fitted, or a covariate that is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative or NaN.</exception>
    public double[,] Survival(double[,] covariates, IReadOnlyList<double> times)
    {
        ArgumentNullException.ThrowIfNull(times);
        var logScales = LogScales(covariates);
        var survival = new double[logScales.Length, times.Count];
        for (var row = 0; row < logScales.Length; row++)
        {
            WeibullDistribution? distribution = HasScale(logScales[row]) ? Distribution(logScales[row], row) : null;
            for (var column = 0; column < times.Count; column++)
                survival[row, column] = distribution?.Survival(times[column]) ?? FarSurvival(times[column], logScales[row]);
        }
        return survival;
    }

    /// <summary>
    /// What was fitted, and the estimates with ratios, standard errors, z, p and the 95 % intervals of the ratios.
    /// </summary>
    public override string ToString()
        => FormattableString.Invariant($"Weibull regression: {_design.Rows} patients, {_events} events, ")
            + FormattableString.Invariant($"log-likelihood {LogLikelihood:F4}, shape {Shape:G6}") + Environment.NewLine
            + CoefficientTable.Of(Summary(), "e^coefficient");

    private static bool HasScale(double logScale) => Math.Exp(logScale) is > 0 and < double.PositiveInfinity;

    private double[] LogScales(double[,] covariates)
        => Array.ConvertAll(_design.CentredPredictors(covariates, Coefficients), predictor => _logScaleAtMeans + predictor);

    private WeibullDistribution Distribution(double logScale, int row)
        => HasScale(logScale) ? new(Math.Exp(logScale), Shape)
            : throw new ArgumentException(FormattableString.Invariant(
                $"Row {row} is so far out that the scale of its times, e^{logScale:G4}, is no double; Survival can be predicted for it."));

    private double FarSurvival(double time, double logScale)
    {
        StepTimes.RequireTime(time, "times");
        return time == 0 ? 1 : Math.Exp(-Math.Exp(Shape * (Math.Log(time) - logScale)));
    }

    private NewtonMaximiser.Maximum Maximise(Func<double?, CensoredWeibullLikelihood> likelihood, WeibullOptions options)
    {
        var coefficients = Enumerable.Repeat(InfiniteCoefficient, _design.Columns);
        string[] names = ["intercept", .. _design.Names, .. options.Shape is null ? ["shape"] : Array.Empty<string>()];
        double[] limits = [double.PositiveInfinity, .. coefficients, .. options.Shape is null ? [InfiniteShape] : Array.Empty<double>()];
        var start = Vector<double>.Build.Dense(names.Length);
        if (options.Shape is not { } known)
        {
            start[names.Length - 1] = 1;
            return Run(null, start);
        }
        // From the exponential model on: where a shape is large, and covariates decide the times, the hazards of a start differ by more
        // than their sums have digits for, and one patient's would say all.
        var shape = Math.Min(known, 1);
        var found = Run(shape, start);
        while (shape < known)
        {
            var next = Math.Min(known, 2 * shape);
            found = Run(next, found.At * (next / shape));
            shape = next;
        }
        return found;

        NewtonMaximiser.Maximum Run(double? shape, Vector<double> start)
            => new NewtonMaximiser(likelihood(shape).At, names, limits, options.MaxIterations).Run(start);
    }

    // In units of the largest slope, whose square there may be no number for.
    private static double StandardError(Vector<double> slopes, Matrix<double> covariance)
    {
        var unit = slopes.AbsoluteMaximum();
        var scaled = slopes / unit;
        return Math.Sqrt(scaled * covariance * scaled) * unit;
    }

    /// <summary>∂(b₀, b, ln k)/∂(a₀, a, k), since b₀ = ln unit + (a₀ - Σ aⱼ mⱼ/sⱼ)/k and bⱼ = aⱼ/(k sⱼ).</summary>
    private Matrix<double> Slopes(double interceptInUnits, bool estimated)
    {
        var columns = _design.Columns;
        var slopes = Matrix<double>.Build.Dense(columns + (estimated ? 2 : 1), columns + (estimated ? 2 : 1));
        slopes[0, 0] = 1 / Shape;
        for (var j = 0; j < columns; j++)
        {
            slopes[0, 1 + j] = -_design.Means[j] / (Shape * _design.Deviations[j]);
            slopes[1 + j, 1 + j] = 1 / (Shape * _design.Deviations[j]);
        }
        if (!estimated)
            return slopes;
        slopes[0, columns + 1] = -interceptInUnits / Shape;
        for (var j = 0; j < columns; j++)
            slopes[1 + j, columns + 1] = -Coefficients[j] / Shape;
        slopes[columns + 1, columns + 1] = 1 / Shape;
        return slopes;
    }
}
