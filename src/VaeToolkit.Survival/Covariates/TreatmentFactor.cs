namespace VaeToolkit.Survival;

/// <summary>One treatment decision: a column of the table and the values that it can have.</summary>
/// <param name="Name">The column's name.</param>
public sealed record TreatmentFactor(string Name)
{
    /// <summary>The values, from the least to the most intensive; at least two. Default 0 and 1: without and with the treatment.
    /// <c>1</c> and <c>1.0</c> are one value.</summary>
    public IReadOnlyList<string> Levels { get; init; } = ["0", "1"];

    /// <summary>
    /// What each level weighs when the intensities of treatments are compared, one a level. Default null: 0, 1, 2 and so on.
    /// </summary>
    public IReadOnlyList<double>? Intensities { get; init; }

    /// <summary>The name and the values.</summary>
    public override string ToString() => $"{Name}: {string.Join(", ", Levels)}";

    /// <summary>Requires levels and intensities to be usable.</summary>
    /// <exception cref="ArgumentException">There are fewer than two different levels, or another number of intensities.</exception>
    public void Validate()
    {
        if (Levels.Count < 2 || LevelComparer.Different(Levels).Count() != Levels.Count)
            throw new ArgumentException(
                $"The treatment '{Name}' has the levels {string.Join(", ", Levels)}; it needs at least two different ones.");
        if (Intensities is { } weights && weights.Count != Levels.Count)
            throw new ArgumentException(
                $"The treatment '{Name}' has {Levels.Count} levels and {weights.Count} intensities; each level needs one.");
    }
}
