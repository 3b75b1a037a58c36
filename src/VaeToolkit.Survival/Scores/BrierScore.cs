namespace VaeToolkit.Survival;

/// <summary>
/// Brier scores of predicted survival: mean squared differences between S(t|xᵢ) and whether patient i is alive after t. Smaller is
/// better; 0.25 is what S = 0.5 for everybody earns.
/// </summary>
public static class BrierScore
{
    /// <summary>
    /// The mean of (1(yᵢ > t) - Sᵢ)² over the patients whose state at t is known: an event by t, or followed beyond t.
    /// <b>Under censoring it is biased</b>: those who are left out were at risk for a shorter time, so that events are over-represented.
    /// Use <see cref="Ipcw"/> instead unless there is no censoring before t, where the two are equal.
    /// </summary>
    /// <param name="patients">The scored patients, N.</param>
    /// <param name="survival">Their predicted S(t|x), <c>[N]</c>, each in 0 to 1.</param>
    /// <param name="time">The time t, 0 or more.</param>
    /// <returns>The score, or NaN where no patient's state is known.</returns>
    /// <exception cref="ArgumentException">Another number of predictions than patients, or one outside 0 to 1.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or NaN.</exception>
    public static double Plain(SurvivalTimes patients, IReadOnlyList<double> survival, double time)
    {
        RequirePredictions(patients, survival, time);
        var (sum, known) = (0.0, 0);
        for (var i = 0; i < patients.Count; i++)
        {
            var alive = patients.Times[i] > time;
            if (!alive && !patients.Events[i])
                continue;
            sum += Square((alive ? 1 : 0) - survival[i]);
            known++;
        }
        return sum / known;
    }

    /// <summary>
    /// The score with inverse-probability-of-censoring weights (Graf et al. 1999): patients with an event by t weigh 1/G at their event,
    /// those alive after t weigh 1/G(t), those censored before nothing:
    /// BS(t) = (1/N) Σ [Sᵢ² 1(yᵢ ≤ t, dᵢ = 1)/G(yᵢ-) + (1 - Sᵢ)² 1(yᵢ > t)/G(t)], or as <paramref
    /// name="convention"/> says.
    /// </summary>
    /// <param name="patients">The scored patients, N.</param>
    /// <param name="survival">Their predicted S(t|x), <c>[N]</c>, each in 0 to 1.</param>
    /// <param name="time">The time t, 0 or more.</param>
    /// <param name="censoring">G, as <see cref="KaplanMeier.FitCensoring"/> estimates it, preferably from the training patients.</param>
    /// <param name="convention">Which G an event is divided by, and what the sum is divided by.</param>
    /// <returns>The score; NaN or infinite where G is unknown or 0 at a time that is needed.</returns>
    /// <exception cref="ArgumentException">Another number of predictions than patients, or one outside 0 to 1.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or NaN,
    /// or the convention is not one of the enumeration.</exception>
    public static double Ipcw(
        SurvivalTimes patients,
        IReadOnlyList<double> survival,
        double time,
        SurvivalCurve censoring,
        IpcwConvention convention = IpcwConvention.Graf)
    {
        RequirePredictions(patients, survival, time);
        ArgumentNullException.ThrowIfNull(censoring);
        _ = KnownChoice.Of(convention, nameof(convention));
        var aliveWeight = 1 / censoring.At(time);
        var (sum, weights) = (0.0, 0.0);
        for (var i = 0; i < patients.Count; i++)
        {
            var at = patients.Times[i];
            if (at <= time && !patients.Events[i])
                continue;
            var weight = at > time ? aliveWeight
                : 1 / (convention == IpcwConvention.RightContinuous ? censoring.At(at) : censoring.Before(at));
            sum += weight * Square((at > time ? 1 : 0) - survival[i]);
            weights += weight;
        }
        return sum / (convention == IpcwConvention.Normalised ? weights : patients.Count);
    }

    /// <summary>
    /// The scores <see cref="Ipcw"/> over a grid of times. A point cannot be scored, and is NaN and flagged, where it lies beyond the
    /// scored or the censoring patients' follow-up, where G(t) is at most <see cref="BrierOptions.SmallestCensoring"/>,
    /// or where a prediction is NaN; where other patients have one, <see cref="BrierCurve.Findings"/> names those who lack it.
    /// </summary>
    /// <param name="patients">The scored patients, N.</param>
    /// <param name="survival">Predicted S(t|x) <c>[N, T]</c>: a row per patient, a column per time.
    /// A column may be NaN (beyond what is known).</param>
    /// <param name="grid">The times <c>[T]</c>, 0 or more and increasing.</param>
    /// <param name="censoringPatients">The patients from whom G is estimated: the training patients, or the scored ones.</param>
    /// <param name="options">Convention, ties and the smallest G; null for the defaults.</param>
    /// <exception cref="ArgumentException">Sizes differ, a prediction lies outside 0 to 1, or the grid does not increase.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static BrierCurve Curve(
        SurvivalTimes patients, double[,] survival, IReadOnlyList<double> grid,
        SurvivalTimes censoringPatients, BrierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(patients);
        ArgumentNullException.ThrowIfNull(survival);
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(censoringPatients);
        options = (options ?? new()).Validated();
        PredictionShape.Require(survival, patients.Count, grid.Count, nameof(survival));
        var censoring = KaplanMeier.FitCensoring(censoringPatients, options.CensoringTies).Curve;
        var last = patients.Times.ToArray().Max();
        var (scores, findings) = (new double[grid.Count], new List<string>());
        for (var column = 0; column < scores.Length; column++)
        {
            var predicted = Enumerable.Range(0, patients.Count).Select(row => survival[row, column]).ToArray();
            var unknown = predicted.Count(double.IsNaN);
            if (unknown > 0 && unknown < predicted.Length)
                findings.Add(Unpredicted(grid[column], predicted, unknown));
            var known = grid[column] <= last && censoring.At(grid[column]) > options.SmallestCensoring && unknown == 0;
            scores[column] = known ? Ipcw(patients, predicted, grid[column], censoring, options.Convention) : double.NaN;
        }
        return new(grid, scores, findings);
    }

    private static string Unpredicted(double time, double[] predicted, int unknown)
        => FormattableString.Invariant(
            $"time {time} is not scored: the prediction for patient {Array.FindIndex(predicted, double.IsNaN)} is NaN")
            + (unknown > 1 ? $", and {unknown - 1} more are" : "");

    private static void RequirePredictions(SurvivalTimes patients, IReadOnlyList<double> survival, double time)
    {
        ArgumentNullException.ThrowIfNull(patients);
        ArgumentNullException.ThrowIfNull(survival);
        StepTimes.RequireTime(time, nameof(time));
        if (survival.Count != patients.Count)
            throw new ArgumentException(
                $"There are {survival.Count} predictions for {patients.Count} patients; each needs one.", nameof(survival));
        for (var i = 0; i < survival.Count; i++)
            if (!(survival[i] is >= 0 and <= 1))
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"The prediction for patient {i} is {survival[i]}; survival is between 0 and 1."), nameof(survival));
    }

    private static double Square(double value) => value * value;
}
