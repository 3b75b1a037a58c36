using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Survival;

/// <summary>
/// Cox's (1972) proportional hazards h(t|x) = h₀(t) e^{xb}, by maximum partial likelihood: Σ over events of x b minus the logarithm of
/// Σ e^{xb} over those at risk, who are all with at least that time, those censored just then included.
/// </summary>
public sealed class CoxModel
{
    // Beyond it e^{bx} a few standard deviations out is no number. That there is no maximum the information says, which vanishes.
    private const double InfiniteCoefficient = 200;
    private const double Rounding = 1e-12;

    private readonly DesignMatrix _design;
    private readonly PartialLikelihood _likelihood;
    private readonly RiskSets _sets;
    private readonly NewtonMaximiser.Maximum _maximum;
    private readonly bool[] _events;
    private readonly double _ridge;
    private readonly Vector<double> _penalties;

    // Of patients at the means of their own stratum, and how far these are from the means of all: the hazard there may be no number.
    private readonly Dictionary<int, CumulativeHazard> _baselines;
    private readonly Dictionary<int, double> _shifts;

    private CoxModel(SurvivalTimes patients, DesignMatrix design, RiskSets sets, CoxOptions options)
    {
        (_design, _sets, _ridge) = (design, sets, options.Ridge);
        _events = patients.Events.ToArray();
        _likelihood = new(design, patients, sets, options.Ties);
        var limits = Enumerable.Repeat(InfiniteCoefficient, design.Columns).ToArray();
        // Units of the columns do not matter, nor which strata there are.
        _penalties = Vector<double>.Build.Dense(design.Columns, j => _ridge * Math.Pow(design.Spreads[j] / design.Deviations[j], 2));
        _maximum = new NewtonMaximiser(Penalised, design.Names, limits, options.MaxIterations, Roundings(design, patients.EventCount))
            .Run(Vector<double>.Build.Dense(design.Columns));
        Coefficients = [.. _maximum.At.Select((value, column) => value / design.Deviations[column])];
        var covariance = _maximum.Point.Information.Inverse();
        StandardErrors = [.. design.Deviations.Select((deviation, i) => Math.Sqrt(covariance[i, i]) / deviation)];
        Covariance = covariance.MapIndexed((i, j, value) => value / (design.Deviations[i] * design.Deviations[j])).ToArray();
        _baselines = Baselines(options.BaselineTies ?? options.Ties);
        _shifts = _baselines.Keys.ToDictionary(stratum => stratum, stratum => design.Shift(stratum, Coefficients));
    }

    /// <summary>The names of the columns <c>[P]</c>.</summary>
    public IReadOnlyList<string> Names => _design.Names;

    /// <summary>The coefficients b <c>[P]</c>: log hazard ratios for one unit of each column.</summary>
    public IReadOnlyList<double> Coefficients { get; }

    /// <summary>
    /// The covariance of the coefficients <c>[P, P]</c>: the inverse of the information, with the penalty's share. Beyond the numbers there
    /// are (1e±308) where columns are of a size beyond 1e±154.
    /// </summary>
    public double[,] Covariance { get; }

    /// <summary>The standard errors of the coefficients <c>[P]</c>.</summary>
    public IReadOnlyList<double> StandardErrors { get; }

    /// <summary>The coefficients with hazard ratios, z, p and intervals, as <see cref="ToString"/> prints them.</summary>
    /// <param name="level">The coverage of the intervals, above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The level is not between 0 and 1.</exception>
    public IReadOnlyList<CoefficientEstimate> Summary(double level = 0.95)
    {
        CoefficientEstimate.RequireLevel(level);
        return [.. Names.Select((name, i) => new CoefficientEstimate(name, Coefficients[i], StandardErrors[i], level))];
    }

    /// <summary>The partial log-likelihood at the coefficients, in nats, without the penalty.</summary>
    public double LogLikelihood => _maximum.Point.Value + Penalty(_maximum.At);

    /// <summary>The partial log-likelihood at b = 0, in nats.</summary>
    public double NullLogLikelihood => _maximum.Start.Value;

    /// <summary>The number of Newton steps.</summary>
    public int Iterations => _maximum.Iterations;

    /// <summary>Fits the model.</summary>
    /// <param name="patients">The patients, N, of whom at least one has the event.</param>
    /// <param name="covariates">Their covariates <c>[N, P]</c>, P at least 1, finite, no column constant.</param>
    /// <param name="options">Ties, penalty, iterations; null for the defaults.</param>
    /// <param name="names">The names of the columns <c>[P]</c>, for messages; null for "column 0" and so on.</param>
    /// <param name="strata">A label per patient <c>[N]</c>: each stratum has its own baseline hazard; null for one stratum.</param>
    /// <exception cref="ArgumentException">
    /// Sizes differ, no column, no event, a covariate that is not finite or constant (its row and column are named), or columns that
    /// determine one another (they are named).
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="MonotoneLikelihoodException">The likelihood has no maximum.</exception>
    /// <exception cref="InvalidOperationException">The steps were not enough.</exception>
    public static CoxModel Fit(
        SurvivalTimes patients,
        double[,] covariates,
        CoxOptions? options = null,
        IReadOnlyList<string>? names = null,
        IReadOnlyList<int>? strata = null)
    {
        ArgumentNullException.ThrowIfNull(patients);
        options = (options ?? new()).Validated();
        var sets = new RiskSets(patients, strata);
        var design = new DesignMatrix(covariates, patients.Count, names, strata);
        if (design.Columns == 0)
            throw new ArgumentException("There are no columns; a Cox model needs at least one covariate.", nameof(covariates));
        if (patients.EventCount == 0)
            throw new ArgumentException("There is no event among the patients; a Cox model needs at least one.", nameof(patients));
        return new(patients, design, sets, options);
    }

    /// <summary>The likelihood-ratio test: twice the gain in log-likelihood.</summary>
    /// <exception cref="InvalidOperationException">The model has a ridge penalty, with which no χ² follows.</exception>
    public TestStatistic LikelihoodRatioTest() => Test(2 * (LogLikelihood - NullLogLikelihood));

    /// <summary>The Wald test bᵀ I(b) b with the information I at the coefficients.</summary>
    /// <exception cref="InvalidOperationException">The model has a ridge penalty, with which no χ² follows.</exception>
    public TestStatistic WaldTest() => Test(_maximum.At * (_maximum.Point.Information * _maximum.At));

    /// <summary>
    /// The score test uᵀ I(0)⁻¹ u with the gradient u at b = 0; with one binary column and no ties it is the log-rank test.
    /// </summary>
    /// <exception cref="InvalidOperationException">The model has a ridge penalty, with which no χ² follows.</exception>
    public TestStatistic ScoreTest() => Test(_maximum.Start.Gradient * _maximum.Start.Information.Solve(_maximum.Start.Gradient));

    /// <summary>
    /// The martingale residuals dᵢ - eᵢ <c>[N]</c>: observed less expected events of each patient. They add to 0 in every stratum.
    /// </summary>
    public double[] MartingaleResiduals()
    {
        var expected = _likelihood.ExpectedEvents(_maximum.At);
        var residuals = new double[expected.Length];
        for (var i = 0; i < expected.Length; i++)
            residuals[_sets.Order[i]] = (_events[_sets.Order[i]] ? 1 : 0) - expected[i];
        return residuals;
    }

    /// <summary>
    /// The cumulative hazard of a patient whose covariates are all at the mean of the fitted patients: Σ d/Σ e^{(x - mean)b} over event
    /// times (Breslow), or with Efron's denominators. It is known up to the stratum's longest follow-up.
    /// </summary>
    /// <param name="stratum">The stratum's label; 0 where the model has no strata.</param>
    /// <exception cref="ArgumentException">There is no such stratum.</exception>
    public CumulativeHazard BaselineHazard(int stratum = 0)
    {
        var (hazard, risk) = (BaselineOf(stratum), Math.Exp(-_shifts[stratum]));
        return risk == 1 ? hazard : new(hazard.Times, [.. hazard.Values.Select(value => value * risk)], hazard.FollowUp);
    }

    /// <summary>
    /// The log relative risks (x - mean) b <c>[N]</c>, to which <see cref="BaselineHazard"/> belongs; larger means an earlier event.
    /// </summary>
    /// <param name="covariates">Covariates <c>[N, P]</c> with the fitted columns.</param>
    /// <exception cref="ArgumentException">Another number of columns than fitted, or a covariate that is not finite.</exception>
    public double[] LinearPredictors(double[,] covariates) => _design.CentredPredictors(covariates, Coefficients);

    /// <summary>The survival curves exp(-H₀(t) e^{(x - mean)b}) of patients.</summary>
    /// <param name="covariates">Covariates <c>[N, P]</c> with the fitted columns.</param>
    /// <param name="stratum">Their stratum; 0 where the model has no strata.</param>
    /// <exception cref="ArgumentException">There is no such stratum, or another number of columns than fitted,
    /// or a covariate that is not finite.</exception>
    public SurvivalCurve[] SurvivalCurves(double[,] covariates, int stratum = 0)
    {
        var baseline = BaselineOf(stratum);
        return [.. Risks(covariates, stratum).Select(baseline.ToSurvival)];
    }

    /// <summary>Survival S(t|x) <c>[N, T]</c>: a row per patient, a column per time, NaN beyond follow-up. What the scores take.</summary>
    /// <param name="covariates">Covariates <c>[N, P]</c> with the fitted columns.</param>
    /// <param name="times">The times <c>[T]</c>, 0 or more.</param>
    /// <param name="stratum">The patients' stratum; 0 where the model has no strata.</param>
    /// <exception cref="ArgumentException">There is no such stratum, or another number of columns than fitted,
    /// or a covariate that is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative or NaN.</exception>
    public double[,] Survival(double[,] covariates, IReadOnlyList<double> times, int stratum = 0)
    {
        ArgumentNullException.ThrowIfNull(times);
        double[] hazards = [.. times.Select(BaselineOf(stratum).At)];
        var risks = Risks(covariates, stratum);
        var survival = new double[risks.Length, hazards.Length];
        for (var row = 0; row < risks.Length; row++)
            for (var column = 0; column < hazards.Length; column++)
                survival[row, column] = CumulativeHazard.Survival(hazards[column], risks[row]);
        return survival;
    }

    /// <summary>
    /// What was fitted, coefficients with hazard ratios, standard errors, z, p and the 95 % intervals of the ratios, and the tests.
    /// </summary>
    public override string ToString()
        => FormattableString.Invariant(
            $"Cox regression: {_events.Length} patients, {_events.Count(observed => observed)} events, log-likelihood {LogLikelihood:F4} ")
            + FormattableString.Invariant($"(null {NullLogLikelihood:F4})") + Environment.NewLine
            + CoefficientTable.Of(Summary(), "hazard ratio") + Environment.NewLine
            + (_ridge > 0 ? FormattableString.Invariant($"with a ridge penalty of {_ridge}")
                : $"likelihood ratio {LikelihoodRatioTest()}; Wald {WaldTest()}; score {ScoreTest()}");

    private TestStatistic Test(double statistic)
        => _ridge == 0 ? new(statistic, _design.Columns)
            : throw new InvalidOperationException("The model has a ridge penalty; the tests need a fit by maximum likelihood.");

    /// <summary>What is left of a column's information by rounding where it does not vary in any risk set.</summary>
    private static double[] Roundings(DesignMatrix design, int events)
        => [.. Enumerable.Range(0, design.Columns).Select(column => Rounding * events * design.LargestSquare(column))];

    private CumulativeHazard BaselineOf(int stratum)
        => _baselines.TryGetValue(stratum, out var hazard) ? hazard
            : throw new ArgumentException(
                $"There is no stratum {stratum}; the strata are {string.Join(", ", _sets.Strata)}.", nameof(stratum));

    // e^{(x - mean)b} with the stratum's means.
    private double[] Risks(double[,] covariates, int stratum)
        => Array.ConvertAll(LinearPredictors(covariates), predictor => Math.Exp(predictor - _shifts[stratum]));

    private LikelihoodPoint Penalised(Vector<double> at)
    {
        var point = _likelihood.At(at);
        var curvature = Matrix<double>.Build.DenseOfDiagonalVector(_penalties);
        return new(point.Value - Penalty(at), point.Gradient - _penalties.PointwiseMultiply(at), point.Information + curvature);
    }

    private double Penalty(Vector<double> at) => 0.5 * _penalties.PointwiseMultiply(at).DotProduct(at);

    private Dictionary<int, CumulativeHazard> Baselines(CoxTies ties)
    {
        var jumps = _likelihood.BaselineJumps(_maximum.At, ties);
        return _sets.Groups.Zip(jumps).GroupBy(pair => pair.First.Stratum).ToDictionary(stratum => stratum.Key, stratum =>
        {
            var hazard = 0.0;
            var steps = stratum.Where(pair => pair.First.Events > 0).ToList();
            return new CumulativeHazard(
                [.. steps.Select(pair => pair.First.Time)], [.. steps.Select(pair => hazard += pair.Second)], stratum.Last().First.Time);
        });
    }
}
