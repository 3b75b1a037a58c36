namespace VaeToolkit;

/// <summary>Discrete factors of variation of items: which value, numbered from 0, each factor has for each item.</summary>
public sealed class FactorTable
{
    private readonly int[][] _values;

    // The places of the values among those that there are: years and other numbers may begin far from 0.
    private readonly int[][] _places;

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
            if (values[i].Count != names.Count || values[i].Any(value => value is < 0 or int.MaxValue))
                throw new ArgumentException(
                    $"item {i} has the values [{string.Join(", ", values[i])}]; it needs {names.Count}, each at least 0 and "
                    + $"below {int.MaxValue}", nameof(values));
        }
        Names = [.. names];
        _values = [.. Enumerable.Range(0, names.Count).Select(k => values.Select(row => row[k]).ToArray())];
        Sizes = [.. _values.Select(factor => factor.Max() + 1)];
        _places = Array.ConvertAll(_values, factor =>
        {
            int[] there = [.. factor.Distinct().Order()];
            return Array.ConvertAll(factor, value => Array.BinarySearch(there, value));
        });
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
        _ = this[factor];
        var counts = new double[_places[factor].Max() + 1];
        foreach (var place in _places[factor])
            counts[place]++;
        return counts.Sum(count => count / Count * Math.Log(Count / count));
    }

    /// <summary>The place of a factor's value among those that there are, for every item, <c>[N]</c>.</summary>
    internal int[] PlacesOf(int factor) => _places[factor];

    /// <summary>The factors and their sizes.</summary>
    public override string ToString() => $"{Count} items: {string.Join(", ", Names.Zip(Sizes, (name, size) => $"{name} ({size})"))}";
}
