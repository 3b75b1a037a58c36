namespace VaeToolkit;

/// <summary>Discrete factors of variation of items: which value, numbered from 0, each factor has for each item.</summary>
public sealed class FactorTable
{
    private readonly int[][] _values;

    /// <summary>Makes the table; the arrays are copied.</summary>
    /// <param name="names">A name for each of F factors.</param>
    /// <param name="values">Values <c>[N][F]</c>, from 0.</param>
    /// <exception cref="ArgumentException">There are no items or factors, a row has another length, or a value is negative.</exception>
    public FactorTable(IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<int>> values)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(values);
        if (names.Count == 0 || values.Count == 0)
            throw new ArgumentException(
                $"there are {names.Count} factors and {values.Count} items; at least one of each is needed", nameof(values));
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].Count != names.Count || values[i].Any(value => value < 0))
                throw new ArgumentException(
                    $"item {i} has the values [{string.Join(", ", values[i])}]; it needs {names.Count}, each at least 0", nameof(values));
        }
        Names = [.. names];
        _values = [.. Enumerable.Range(0, names.Count).Select(k => values.Select(row => row[k]).ToArray())];
        Sizes = [.. _values.Select(factor => factor.Max() + 1)];
    }

    /// <summary>Name of each factor, <c>[F]</c>.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Number of values of each factor, <c>[F]</c>: its largest value and one.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>Number of items N.</summary>
    public int Count => _values[0].Length;

    /// <summary>The value of a factor for every item, <c>[N]</c>.</summary>
    /// <param name="factor">The factor, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such factor.</exception>
    public ReadOnlySpan<int> this[int factor]
        => factor >= 0 && factor < _values.Length ? _values[factor]
            : throw new ArgumentOutOfRangeException(nameof(factor), factor, $"there are factors 0 to {_values.Length - 1}");

    /// <summary>H(v) of a factor over the items, in nats.</summary>
    /// <param name="factor">The factor, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such factor.</exception>
    public double Entropy(int factor)
    {
        var counts = new double[Sizes[factor]];
        foreach (var value in this[factor])
            counts[value]++;
        return counts.Where(count => count > 0).Sum(count => count / Count * Math.Log(Count / count));
    }

    /// <summary>The factors and their sizes.</summary>
    public override string ToString() => $"{Count} items: {string.Join(", ", Names.Zip(Sizes, (name, size) => $"{name} ({size})"))}";
}
