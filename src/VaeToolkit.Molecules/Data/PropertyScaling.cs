namespace VaeToolkit.Molecules;

/// <summary>What turns properties into numbers of mean 0 and variance 1 over the training molecules, and back.</summary>
public sealed class PropertyScaling
{
    /// <summary>A scaling that is known.</summary>
    /// <param name="names">The properties' names, at least one.</param>
    /// <param name="means">Their means.</param>
    /// <param name="deviations">Their standard deviations, above 0.</param>
    /// <exception cref="ArgumentException">The lists differ in length or are empty, or a number is out of its range.</exception>
    public PropertyScaling(IReadOnlyList<string> names, IReadOnlyList<double> means, IReadOnlyList<double> deviations)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(deviations);
        if (names.Count == 0 || means.Count != names.Count || deviations.Count != names.Count)
            throw new ArgumentException(
                $"there are {names.Count} names, {means.Count} means and {deviations.Count} deviations; there must be as many, and one");
        for (var p = 0; p < names.Count; p++)
        {
            if (!double.IsFinite(means[p]) || !(deviations[p] > 0 && double.IsFinite(deviations[p])))
                throw new ArgumentException(FormattableString.Invariant(
                    $"property '{names[p]}' has mean {means[p]} and standard deviation {deviations[p]}; it must vary, and be finite"));
        }
        (Names, Means, Deviations) = ([.. names], [.. means], [.. deviations]);
    }

    /// <summary>The properties' names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Their means.</summary>
    public IReadOnlyList<double> Means { get; }

    /// <summary>Their standard deviations (with N − 1).</summary>
    public IReadOnlyList<double> Deviations { get; }

    /// <summary>Number of properties P.</summary>
    public int Count => Names.Count;

    /// <summary>The scaling of a table's properties.</summary>
    /// <param name="table">The training molecules.</param>
    /// <exception cref="ArgumentException">It has no properties, or one is the same for all molecules.</exception>
    public static PropertyScaling Fit(MoleculeTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var columns = table.PropertyNames.Select(table.Property).ToArray();
        foreach (var (name, column) in table.PropertyNames.Zip(columns))
        {
            if (Targets.AreConstant(column))
                throw new ArgumentException(FormattableString.Invariant(
                    $"property '{name}' has standard deviation 0 but for rounding: it is {column[0]} for all {column.Length} molecules; ")
                    + "leave it out", nameof(table));
        }
        return new(
            table.PropertyNames, [.. columns.Select(MathNet.Numerics.Statistics.Statistics.Mean)],
            [.. columns.Select(MathNet.Numerics.Statistics.Statistics.StandardDeviation)]);
    }

    /// <summary>The names.</summary>
    public override string ToString() => $"{Count} properties: {string.Join(", ", Names)}";
}
