namespace VaeToolkit.Survival;

/// <summary>
/// Concordance between predictions and the order of events. Which pairs can be compared is told at <see cref="ConcordanceIndex"/>; equal
/// event times are not compared (as in R's survival and scikit-survival).
/// </summary>
public static class Concordance
{
    /// <summary>Harrell's index (Harrell et al. 1996) by counting, in O(N log N).</summary>
    /// <param name="patients">The patients, N.</param>
    /// <param name="risks">Their predicted risks <c>[N]</c> on any scale: larger means an earlier event.</param>
    /// <exception cref="ArgumentException">Another number of risks than patients, or a risk that is NaN.</exception>
    public static ConcordanceIndex Harrell(SurvivalTimes patients, IReadOnlyList<double> risks) => Weighted(patients, risks, _ => 1);

    /// <summary>
    /// Uno's index (Uno et al. 2011): a pair whose earlier event is at y weighs 1/G(y-)², so that the result does not depend on the
    /// censoring; only events before τ count. In O(N log N).
    /// </summary>
    /// <param name="patients">The scored patients, N.</param>
    /// <param name="risks">Their predicted risks <c>[N]</c> on any scale: larger means an earlier event.</param>
    /// <param name="censoring">G, as <see cref="KaplanMeier.FitCensoring"/> estimates it, preferably from the training patients.</param>
    /// <param name="horizon">The time τ, positive, before which G must be known and above 0 at the events; infinite for all
    /// events.</param>
    /// <param name="limit">Whether G is taken just before an event, as in the paper and in R's survival, or at it.</param>
    /// <exception cref="ArgumentException">
    /// Another number of risks than patients, a risk that is NaN, or an event before τ at which G is unknown or 0.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The horizon is not positive, or the limit is not one of the enumeration.</exception>
    public static ConcordanceIndex Uno(
        SurvivalTimes patients, IReadOnlyList<double> risks, SurvivalCurve censoring, double horizon = double.PositiveInfinity,
        CensoringLimit limit = CensoringLimit.Before)
    {
        ArgumentNullException.ThrowIfNull(censoring);
        _ = KnownChoice.Of(limit, nameof(limit));
        if (!(horizon > 0))
            throw new ArgumentOutOfRangeException(nameof(horizon), horizon, "A horizon must be positive.");
        return Weighted(patients, risks, time => time < horizon ? Weight(time) : 0);

        double Weight(double time)
        {
            var left = limit == CensoringLimit.Before ? censoring.Before(time) : censoring.At(time);
            if (!(left > 0))
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"G at the event at {time} is {left}; it must be known and above 0 there: give a horizon."), nameof(censoring));
            return 1 / (left * left);
        }
    }

    /// <summary>
    /// The time-dependent index of Antolini, Boracchi and Biganzoli (2005): a pair with the earlier event at y is concordant where
    /// S(y|x) of that patient is below the other's S(y|x), so that curves may cross. In O(E N) for E events, over all cores.
    /// </summary>
    /// <param name="patients">The patients, N.</param>
    /// <param name="survival">
    /// Predicted S(t|x) <c>[N, T]</c>: a row per patient, a column per time of <see cref="SurvivalTimes.DistinctEventTimes"/> of these
    /// patients.
    /// </param>
    /// <exception cref="ArgumentException">Another shape than that, or a survival that is needed and NaN.</exception>
    public static ConcordanceIndex Antolini(SurvivalTimes patients, double[,] survival)
    {
        ArgumentNullException.ThrowIfNull(patients);
        ArgumentNullException.ThrowIfNull(survival);
        var columns = patients.DistinctEventTimes();
        PredictionShape.Require(survival, patients.Count, columns.Length, nameof(survival));
        var (row, column) = FirstNaN(survival);
        if (row >= 0)
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"The prediction for patient {row} at {columns[column]} is NaN; every event time needs one."), nameof(survival));
        var pairs = new ConcordanceIndex[patients.Count];
        // Parallel.For takes one worker more than the processors that .NET is told of: a process limited to one thread would use two.
        Parallel.For(
            0, patients.Count, new() { MaxDegreeOfParallelism = Environment.ProcessorCount },
            first => pairs[first] = patients.Events[first]
                ? Against(patients, first, survival, Array.BinarySearch(columns, patients.Times[first]))
                : new(0, 0, 0));
        return pairs.Aggregate(Sum);
    }

    private static ConcordanceIndex Against(SurvivalTimes patients, int first, double[,] survival, int column)
    {
        var times = patients.Times;
        var events = patients.Events;
        var own = survival[first, column];
        var (above, equal, all) = (0, 0, 0);
        for (var other = 0; other < times.Length; other++)
        {
            if (!(times[other] > times[first] || (times[other] == times[first] && !events[other])))
                continue;
            all++;
            above += survival[other, column] > own ? 1 : 0;
            equal += survival[other, column] == own ? 1 : 0;
        }
        return new(above, all - above - equal, equal);
    }

    private static ConcordanceIndex Weighted(SurvivalTimes patients, IReadOnlyList<double> risks, Func<double, double> weight)
    {
        ArgumentNullException.ThrowIfNull(patients);
        RequireRisks(patients, risks);
        var order = LatestFirst(patients);
        var (ranks, count) = Ranks(risks);
        var outlived = new RankCounts(count);
        var sum = new ConcordanceIndex(0, 0, 0);
        for (int start = 0, end; start < order.Length; start = end)
        {
            var time = patients.Times[order[start]];
            var events = start;
            for (; events < order.Length && patients.Times[order[events]] == time && !patients.Events[order[events]]; events++)
                outlived.Add(ranks[order[events]]);
            for (end = events; end < order.Length && patients.Times[order[end]] == time; end++)
                sum = Sum(sum, Scaled(Compare(outlived, ranks[order[end]]), weight(time)));
            for (; events < end; events++)
                outlived.Add(ranks[order[events]]);
        }
        return sum;
    }

    private static ConcordanceIndex Compare(RankCounts outlived, int rank)
    {
        var below = outlived.Below(rank);
        var upTo = outlived.Below(rank + 1);
        return new(below, outlived.Total - upTo, upTo - below);
    }

    private static ConcordanceIndex Scaled(ConcordanceIndex pairs, double weight)
        => new(weight * pairs.Concordant, weight * pairs.Discordant, weight * pairs.TiedRisk);

    private static ConcordanceIndex Sum(ConcordanceIndex left, ConcordanceIndex right)
        => new(left.Concordant + right.Concordant, left.Discordant + right.Discordant, left.TiedRisk + right.TiedRisk);

    /// <summary>Patients by time, the latest first; at one time those who are censored first, since they outlive the events.</summary>
    private static int[] LatestFirst(SurvivalTimes patients)
    {
        var order = Enumerable.Range(0, patients.Count).ToArray();
        Array.Sort(order, (left, right) =>
        {
            var byTime = patients.Times[right].CompareTo(patients.Times[left]);
            return byTime != 0 ? byTime : patients.Events[left].CompareTo(patients.Events[right]);
        });
        return order;
    }

    private static (int[] Ranks, int Count) Ranks(IReadOnlyList<double> risks)
    {
        double[] distinct = [.. risks.Distinct().Order()];
        return ([.. risks.Select(risk => Array.BinarySearch(distinct, risk))], distinct.Length);
    }

    private static void RequireRisks(SurvivalTimes patients, IReadOnlyList<double> risks)
    {
        ArgumentNullException.ThrowIfNull(risks);
        if (risks.Count != patients.Count)
            throw new ArgumentException($"There are {risks.Count} risks for {patients.Count} patients; each needs one.", nameof(risks));
        for (var i = 0; i < risks.Count; i++)
            if (double.IsNaN(risks[i]))
                throw new ArgumentException($"The risk of patient {i} is NaN; a risk must be a number.", nameof(risks));
    }

    private static (int Row, int Column) FirstNaN(double[,] survival)
    {
        for (var row = 0; row < survival.GetLength(0); row++)
            for (var column = 0; column < survival.GetLength(1); column++)
                if (double.IsNaN(survival[row, column]))
                    return (row, column);
        return (-1, -1);
    }
}
