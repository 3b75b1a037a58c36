namespace VaeToolkit.Survival;

/// <summary>
/// Compares levels as values: <c>1</c> is <c>1.0</c>, <c>1.1</c> is <c>1.10</c>, and all that is no number is itself. Where one of a
/// column's levels is a version, such as <c>1.10.2</c>, all are texts. Identifiers of more digits than a double has are told apart.
/// </summary>
internal sealed class LevelComparer : IEqualityComparer<string>
{
    public static LevelComparer Instance { get; } = new();

    /// <summary>What compares levels of which some are given.</summary>
    public static IEqualityComparer<string> For(IEnumerable<string> levels)
        => levels.Any(VersionText.Is) ? StringComparer.Ordinal : Instance;

    /// <summary>Those of some cells that are different levels, each as it comes first.</summary>
    public static IEnumerable<string> Different(IReadOnlyCollection<string> cells) => cells.Distinct(For(cells));

    public bool Equals(string? left, string? right)
        => left == right
            || (left is not null && right is not null
                && ExactNumber.Of(left) is { } one && ExactNumber.Of(right) is { } other && one == other);

    public int GetHashCode(string level) => ExactNumber.Of(level)?.GetHashCode() ?? level.GetHashCode();

    /// <summary>The position of a level, or −1.</summary>
    public static int IndexOf(IReadOnlyList<string> levels, string value)
    {
        for (var level = 0; level < levels.Count; level++)
        {
            if (levels[level] == value)
                return level;
        }
        var comparer = For(levels);
        for (var level = 0; level < levels.Count; level++)
        {
            if (comparer.Equals(levels[level], value))
                return level;
        }
        return -1;
    }
}
