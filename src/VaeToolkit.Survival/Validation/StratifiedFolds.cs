namespace VaeToolkit.Survival;

/// <summary>Repeated divisions into folds with the same share of events in each, as near as counts allow.</summary>
public static class StratifiedFolds
{
    /// <summary>Draws the folds: in every repeat each patient is in the test rows once.</summary>
    /// <param name="patients">The patients.</param>
    /// <param name="folds">Folds a repeat, at least 2.</param>
    /// <param name="repeats">Repeats, at least 1.</param>
    /// <param name="seed">The seed; repeat r is the same however many repeats there are.</param>
    /// <returns>The folds by repeat, repeats × folds of them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Too few folds or repeats.</exception>
    /// <exception cref="ArgumentException">There are fewer events than folds, so that some fold could not be scored.</exception>
    public static IReadOnlyList<Fold> Draw(SurvivalTimes patients, int folds = 5, int repeats = 10, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(patients);
        if (folds < 2)
            throw new ArgumentOutOfRangeException(nameof(folds), folds, "At least 2 folds are needed.");
        if (repeats < 1)
            throw new ArgumentOutOfRangeException(nameof(repeats), repeats, "At least 1 repeat is needed.");
        if (patients.EventCount < folds)
            throw new ArgumentException(
                $"There are {patients.EventCount} events for {folds} folds; each fold needs one.", nameof(patients));
        return [.. Enumerable.Range(0, repeats).SelectMany(repeat => Repeat(patients, folds, repeat, seed))];
    }

    private static IEnumerable<Fold> Repeat(SurvivalTimes patients, int folds, int repeat, long seed)
    {
        // Events are dealt first and censored patients after them, round and round, so that folds differ in size by one at most.
        var events = patients.Events.ToArray();
        int[] dealt = [.. Shuffled(events, true, seed, repeat), .. Shuffled(events, false, seed, repeat)];
        var foldOf = new int[dealt.Length];
        for (var i = 0; i < dealt.Length; i++)
            foldOf[dealt[i]] = i % folds;
        var rows = Enumerable.Range(0, foldOf.Length);
        return Enumerable.Range(0, folds).Select(fold =>
            new Fold(repeat, fold, [.. rows.Where(row => foldOf[row] != fold)], [.. rows.Where(row => foldOf[row] == fold)]));
    }

    private static IEnumerable<int> Shuffled(bool[] events, bool observed, long seed, int repeat)
    {
        long[] rows = [.. Enumerable.Range(0, events.Length).Where(row => events[row] == observed).Select(row => (long)row)];
        SplitMix64.For(seed, repeat, observed ? 1 : 0).Shuffle(rows);
        return rows.Select(row => (int)row);
    }
}
