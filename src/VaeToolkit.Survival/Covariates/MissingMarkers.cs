namespace VaeToolkit.Survival;

/// <summary>The cells of a table that stand for a missing value: empty ones and the words of a list, in either case.</summary>
internal sealed class MissingMarkers
{
    private readonly HashSet<string> _words;
    private readonly double[] _numbers;

    public MissingMarkers(IReadOnlyList<string> words)
    {
        _words = words.Select(word => word.Trim()).ToHashSet(StringComparer.OrdinalIgnoreCase);
        // A marker such as -9 is also written -9.0.
        _numbers = [.. _words.Where(word => PatientTable.TryNumber(word, out _)).Select(PatientTable.ToNumber)];
    }

    public bool Include(string cell)
        => cell.Length == 0 || _words.Contains(cell)
            || (_numbers.Length > 0 && PatientTable.TryNumber(cell, out var number) && _numbers.Contains(number));
}
