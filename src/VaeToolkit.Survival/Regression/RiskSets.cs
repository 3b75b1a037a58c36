namespace VaeToolkit.Survival;

/// <summary>
/// Patients sorted by stratum, then time, events before censorings at one time:
/// a risk set is the rest of a stratum from a group of ties on.
/// </summary>
internal sealed class RiskSets
{
    internal RiskSets(SurvivalTimes patients, IReadOnlyList<int>? strata)
    {
        if (strata is not null && strata.Count != patients.Count)
            throw new ArgumentException($"There are {strata.Count} strata for {patients.Count} patients; each needs one.", nameof(strata));
        var labels = strata?.ToArray() ?? new int[patients.Count];
        Strata = [.. labels.Distinct().Order()];
        Order = [.. Enumerable.Range(0, patients.Count)];
        Array.Sort(Order, (left, right) =>
        {
            var byStratum = labels[left].CompareTo(labels[right]);
            var byTime = byStratum != 0 ? byStratum : patients.Times[left].CompareTo(patients.Times[right]);
            return byTime != 0 ? byTime : patients.Events[right].CompareTo(patients.Events[left]);
        });
        Groups = Grouped(patients, labels);
    }

    /// <summary>Which patient is at each sorted position.</summary>
    internal int[] Order { get; }

    /// <summary>The groups of ties, by stratum and increasing time.</summary>
    internal IReadOnlyList<TieGroup> Groups { get; }

    /// <summary>The labels of the strata, increasing.</summary>
    internal IReadOnlyList<int> Strata { get; }

    private List<TieGroup> Grouped(SurvivalTimes patients, int[] labels)
    {
        var groups = new List<TieGroup>();
        for (int start = 0, end; start < Order.Length; start = end)
        {
            var (stratum, time, events) = (labels[Order[start]], patients.Times[Order[start]], 0);
            for (end = start; end < Order.Length && labels[Order[end]] == stratum && patients.Times[Order[end]] == time; end++)
                events += patients.Events[Order[end]] ? 1 : 0;
            groups.Add(new(time, stratum, start, end, events));
        }
        return groups;
    }
}
