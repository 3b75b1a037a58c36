namespace VaeToolkit.SemiSupervised;

/// <summary>Counts labels, and chooses which ones are shown.</summary>
internal static class LabelCounts
{
    // A stream of random numbers that no epoch and no split has.
    private const long ChoiceStream = -3;

    /// <summary>The number of items of every class.</summary>
    internal static long[] Of(DataSource source, LabelSpace labels)
    {
        var counts = new long[labels.Count];
        long row = 0;
        foreach (var batch in source.InOrder(1000))
        {
            var classes = batch.Labels ?? throw new ArgumentException("the labelled items have no labels", nameof(source));
            foreach (var label in LabelSpace.Values(classes))
                counts[Checked(label, row++, labels)]++;
        }
        return counts;
    }

    /// <summary>Some places of every class, drawn by a seed, and all others; both ascending.</summary>
    internal static (long[] Shown, long[] Hidden) Choose(long[]? classes, int perClass, LabelSpace labels, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perClass, 1);
        if (classes is null)
            throw new ArgumentException("the items have no labels to show", nameof(classes));
        var order = new long[classes.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        SplitMix64.For(seed, ChoiceStream, perClass).Shuffle(order);
        var taken = new int[labels.Count];
        var shown = order.Where(place => ++taken[Checked(classes[place], place, labels)] <= perClass).Order().ToArray();
        var short_ = Array.FindIndex(taken, count => count < perClass);
        return short_ < 0
            ? (shown, [.. order.Except(shown).Order()])
            : throw new ArgumentException(
                $"class {short_} has {taken[short_]} items; {perClass} labelled ones of every class are asked for", nameof(perClass));
    }

    private static long Checked(long label, long row, LabelSpace labels) => label >= 0 && label < labels.Count
        ? label
        : throw new ArgumentException($"the label of row {row} is {label}; there are classes 0 to {labels.Count - 1}", nameof(label));
}
