namespace VaeToolkit.Molecules;

/// <summary>What strings that a model has made are worth.</summary>
/// <param name="Validity">The share that are molecules (<see cref="SmilesChecker.IsValid"/>).</param>
/// <param name="Uniqueness">The share of different strings among the valid ones; NaN where none is valid.</param>
/// <param name="Novelty">The share, of the different valid strings, that the known ones have not; NaN where none is valid.</param>
/// <param name="Count">How many strings were looked at.</param>
/// <remarks>Strings are compared as they are written: the same molecule written in another way counts as another one.</remarks>
public sealed record StringGeneration(double Validity, double Uniqueness, double Novelty, int Count)
{
    /// <summary>The shares in words.</summary>
    public override string ToString()
        => FormattableString.Invariant($"of {Count} strings {Validity:P1} valid, of these {Uniqueness:P1} different, {Novelty:P1} new");

    /// <summary>Looks at strings.</summary>
    /// <param name="strings">What was made, at least one.</param>
    /// <param name="known">Strings that are not new, such as those of training.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static StringGeneration Of(IReadOnlyList<string> strings, IReadOnlyCollection<string> known)
    {
        ArgumentNullException.ThrowIfNull(strings);
        ArgumentNullException.ThrowIfNull(known);
        if (strings.Count == 0)
            throw new ArgumentException("there are no strings; there must be at least one", nameof(strings));
        var valid = strings.Where(SmilesChecker.IsValid).ToArray();
        var different = valid.ToHashSet();
        var old = known as IReadOnlySet<string> ?? known.ToHashSet();
        return new(
            (double)valid.Length / strings.Count, (double)different.Count / valid.Length,
            (double)different.Count(text => !old.Contains(text)) / different.Count, strings.Count);
    }
}
