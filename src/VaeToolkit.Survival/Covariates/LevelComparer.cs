using System.Globalization;

namespace VaeToolkit.Survival;

/// <summary>Compares levels as values: <c>1</c> is <c>1.0</c>, and all that is no number is itself.</summary>
internal sealed class LevelComparer : IEqualityComparer<string>
{
    public static LevelComparer Instance { get; } = new();

    public bool Equals(string? left, string? right)
        => left == right
            || (left is not null && right is not null && PatientTable.TryNumber(left, out var one)
                && PatientTable.TryNumber(right, out var other) && one == other && SameDigits(left, right));

    public int GetHashCode(string level) => PatientTable.TryNumber(level, out var number) ? number.GetHashCode() : level.GetHashCode();

    /// <summary>The position of a level, or −1.</summary>
    public static int IndexOf(IReadOnlyList<string> levels, string value)
    {
        for (var level = 0; level < levels.Count; level++)
        {
            if (Instance.Equals(levels[level], value))
                return level;
        }
        return -1;
    }

    /// <summary>Identifiers of more digits than a double has are told apart.</summary>
    private static bool SameDigits(string left, string right)
        => !decimal.TryParse(left, NumberStyles.Float, CultureInfo.InvariantCulture, out var one)
            || !decimal.TryParse(right, NumberStyles.Float, CultureInfo.InvariantCulture, out var other) || one == other;
}
