namespace VaeToolkit.Survival;

/// <summary>
/// The treatments of a study: T combinations of the levels of its factors, numbered from 0, the last factor's level changing first. Two
/// factors of two levels give 0 neither, 1 the second, 2 the first, 3 both. Without factors there is one combination.
/// </summary>
public sealed class TreatmentSet
{
    private readonly TreatmentFactor[] _factors;

    /// <summary>Makes the set.</summary>
    /// <param name="factors">The decisions; none for a study without treatments.</param>
    /// <exception cref="ArgumentException">Two factors have one name, or one has fewer than two different
    /// levels or too few intensities.</exception>
    public TreatmentSet(params IReadOnlyList<TreatmentFactor> factors)
    {
        ArgumentNullException.ThrowIfNull(factors);
        _factors = [.. factors];
        Array.ForEach(_factors, factor => factor.Validate());
        if (_factors.DistinctBy(factor => factor.Name).Count() != _factors.Length)
            throw new ArgumentException(
                $"The treatments {string.Join(", ", _factors.Select(f => f.Name))} are not all different.", nameof(factors));
        Count = _factors.Aggregate(1, (product, factor) => product * factor.Levels.Count);
        CodeWidth = _factors.Sum(factor => factor.Levels.Count - 1);
    }

    /// <summary>The decisions.</summary>
    public IReadOnlyList<TreatmentFactor> Factors => _factors;

    /// <summary>Number of combinations T.</summary>
    public int Count { get; }

    /// <summary>Numbers by which a combination enters a network: one for every level but a factor's first.</summary>
    public int CodeWidth { get; }

    /// <summary>A set of factors with the values 0 and 1.</summary>
    /// <param name="names">The columns' names.</param>
    public static TreatmentSet OfBinary(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return new([.. names.Select(name => new TreatmentFactor(name))]);
    }

    /// <summary>The combination that every patient of a table was given, <c>[N]</c>.</summary>
    /// <param name="table">A table with the factors' columns.</param>
    /// <exception cref="ArgumentException">The table lacks a column.</exception>
    /// <exception cref="FormatException">A cell is missing or none of the factor's levels; the message names row and column.</exception>
    public int[] Read(PatientTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var columns = Array.ConvertAll(_factors, factor => table.IndexOf(factor.Name));
        return [.. Enumerable.Range(0, table.Count).Select(row => Combine(j => LevelOf(table, row, columns[j], _factors[j])))];
    }

    /// <summary>The number of a combination.</summary>
    /// <param name="levels">A level of every factor, in their order.</param>
    /// <exception cref="ArgumentException">There is another number of levels than factors, or a factor has no such level.</exception>
    public int Combination(params IReadOnlyList<string> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.Count != _factors.Length)
            throw new ArgumentException(
                $"There are {levels.Count} levels for {_factors.Length} treatments; each needs one.", nameof(levels));
        return Combine(j => LevelComparer.IndexOf(_factors[j].Levels, levels[j]) is var level and >= 0 ? level
            : throw new ArgumentException(
                $"'{levels[j]}' is none of the levels of '{_factors[j].Name}': {string.Join(", ", _factors[j].Levels)}.", nameof(levels)));
    }

    /// <summary>The index of a factor's level in a combination.</summary>
    /// <param name="combination">From 0 to T − 1.</param>
    /// <param name="factor">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such combination.</exception>
    public int Level(int combination, int factor)
    {
        Require(combination, nameof(combination));
        for (var j = _factors.Length - 1; j > factor; j--)
            combination /= _factors[j].Levels.Count;
        return combination % _factors[factor].Levels.Count;
    }

    /// <summary>The sum of the intensities of a combination's levels.</summary>
    /// <param name="combination">From 0 to T − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such combination.</exception>
    public double Intensity(int combination)
    {
        Require(combination, nameof(combination));
        return Enumerable.Range(0, _factors.Length).Sum(j => _factors[j].Intensities?[Level(combination, j)] ?? Level(combination, j));
    }

    /// <summary>A combination in words, such as <c>radiotherapy=1 chemotherapy=0</c>; empty without factors.</summary>
    /// <param name="combination">From 0 to T − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such combination.</exception>
    public string Describe(int combination)
    {
        Require(combination, nameof(combination));
        return string.Join(' ', _factors.Select((factor, j) => $"{factor.Name}={factor.Levels[Level(combination, j)]}"));
    }

    /// <summary>The decisions with their values, and the number of combinations.</summary>
    public override string ToString()
        => Count == 1 ? "no treatments" : $"{Count} combinations of {string.Join("; ", _factors.Select(factor => factor.ToString()))}";

    /// <summary>A 1 for each level that is not its factor's first; of width <see cref="CodeWidth"/>.</summary>
    public double[] Code(int combination)
        => [.. _factors.SelectMany(
            (factor, j) => Enumerable.Range(1, factor.Levels.Count - 1).Select(level => Level(combination, j) == level ? 1.0 : 0))];

    /// <summary>Numbers whose products with a code add up to the combination's number; of width <see cref="CodeWidth"/>.</summary>
    public double[] CodeWeights()
    {
        var strides =
            _factors.Select((_, j) => _factors.Skip(j + 1).Aggregate(1, (product, factor) => product * factor.Levels.Count)).ToArray();
        return [.. _factors.SelectMany(
            (factor, j) => Enumerable.Range(1, factor.Levels.Count - 1).Select(level => (double)(level * strides[j])))];
    }

    /// <summary>Whether another set has the same factors with the same levels, so that combinations have the same numbers.</summary>
    public bool IsSameAs(TreatmentSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _factors.Length == other._factors.Length
            && _factors.Zip(other._factors)
                .All(pair => pair.First.Name == pair.Second.Name
                    && pair.First.Levels.SequenceEqual(pair.Second.Levels, LevelComparer.For(pair.First.Levels)));
    }

    /// <summary>Requires a combination to be one of the set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such combination.</exception>
    public void Require(int combination, string name)
    {
        if (combination < 0 || combination >= Count)
            throw new ArgumentOutOfRangeException(
                name, combination, $"The {Count} combinations of treatments have the numbers 0 to {Count - 1}.");
    }

    private int Combine(Func<int, int> level)
        => Enumerable.Range(0, _factors.Length).Aggregate(0, (index, j) => index * _factors[j].Levels.Count + level(j));

    private static int LevelOf(PatientTable table, int row, int column, TreatmentFactor factor)
        => LevelComparer.IndexOf(factor.Levels, table.Cell(row, column)) is var level and >= 0 ? level
            : throw table.Fault(row, column, $"is none of the treatment's levels {string.Join(", ", factor.Levels)}");
}
