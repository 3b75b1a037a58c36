using System.Globalization;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Molecules;

/// <summary>
/// Molecules as SMILES strings, with numbers that are known of each. Properties come from outside: nothing here computes them.
/// </summary>
public sealed class MoleculeTable
{
    private static readonly MissingMarkers s_missing = new(MissingMarkers.Usual);

    private readonly double[,] _properties;

    /// <summary>A table from memory.</summary>
    /// <param name="smiles">The strings, at least one: none empty, ASCII only, without white space.</param>
    /// <param name="propertyNames">The properties' names, all different; may be none.</param>
    /// <param name="properties">Their values, a row for each string; finite. Null where there are no properties.</param>
    /// <exception cref="ArgumentException">They are not so; the message names the row.</exception>
    public MoleculeTable(IReadOnlyList<string> smiles, IReadOnlyList<string>? propertyNames = null, double[,]? properties = null)
    {
        ArgumentNullException.ThrowIfNull(smiles);
        (Smiles, PropertyNames) = ([.. smiles], [.. propertyNames ?? []]);
        _properties = properties is null ? new double[smiles.Count, 0] : (double[,])properties.Clone();
        if (Explain() is { } fault)
            throw new ArgumentException(fault);
    }

    /// <summary>The strings.</summary>
    public IReadOnlyList<string> Smiles { get; }

    /// <summary>The properties' names.</summary>
    public IReadOnlyList<string> PropertyNames { get; }

    /// <summary>Number of molecules N.</summary>
    public int Count => Smiles.Count;

    /// <summary>The length of the longest string.</summary>
    public int LongestString => Smiles.Max(text => text.Length);

    /// <summary>A property of a molecule.</summary>
    /// <param name="row">The molecule, from 0.</param>
    /// <param name="property">The property, from 0, in the order of <see cref="PropertyNames"/>.</param>
    public double this[int row, int property] => _properties[row, property];

    /// <summary>Reads a CSV file with a header line, fields divided by commas.</summary>
    /// <param name="path">The file.</param>
    /// <param name="properties">Names of the columns to take as properties; null takes none.</param>
    /// <param name="smilesColumn">The column of strings.</param>
    /// <param name="longest">The longest string that is taken, in characters; null takes all.</param>
    /// <param name="longStrings">What becomes of longer ones.</param>
    /// <exception cref="ArgumentException">The file has no such column.</exception>
    /// <exception cref="FormatException">A row has another number of fields, a string is missing, too long, or not ASCII, or a property is
    /// no finite number; the message names file, line and column.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rule for long strings is none of the enumeration's values.</exception>
    public static MoleculeTable Read(
        string path, IReadOnlyList<string>? properties = null, string smilesColumn = "smiles", int? longest = null,
        LongStrings longStrings = LongStrings.Refuse)
    {
        OptionRange.RequireKnown(longStrings, nameof(longStrings));
        properties ??= [];
        using var lines = CsvFile.Lines(path).GetEnumerator();
        if (!lines.MoveNext())
            throw new FormatException($"{path} is empty; it must have a header line");
        var header = CsvLine.Split(lines.Current.Text, $"{path}({lines.Current.Number})");
        var (first, columns) = (Column(smilesColumn), properties.Select(Column).ToArray());
        var (smiles, values) = (new List<string>(), new List<double[]>());
        while (lines.MoveNext())
        {
            var place = $"{path}({lines.Current.Number})";
            var fields = CsvLine.Split(lines.Current.Text, place);
            if (fields.Length != header.Length)
                throw new FormatException($"{place}: {fields.Length} fields where the header has {header.Length}");
            if (fields[first].Length > longest && longStrings == LongStrings.Drop)
                continue;
            if (fields[first].Length > 0 && s_missing.Include(fields[first]))
                throw new FormatException($"{place}: the SMILES string is missing, '{fields[first]}'; leave the line out");
            if (ExplainString(fields[first], longest) is { } fault)
                throw new FormatException($"{place}: {fault}");
            smiles.Add(fields[first]);
            values.Add([.. columns.Select(column => Number(fields[column], header[column], place))]);
        }
        if (smiles.Count == 0)
            throw new FormatException($"{path} has no molecules{(longest is { } most ? $" of at most {most} characters" : "")}");
        return new(smiles, properties, Table(values, properties.Count));

        int Column(string name) => Array.IndexOf(header, name) is >= 0 and var at
            ? at
            : throw new ArgumentException($"{path} has no column '{name}'; it has {string.Join(", ", header)}");
    }

    /// <summary>Some of the molecules, in the order given.</summary>
    /// <param name="rows">Numbers from 0 to N − 1, at least one.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such molecule.</exception>
    public MoleculeTable Select(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (var row in rows)
        {
            if (row < 0 || row >= Count)
                throw new ArgumentOutOfRangeException(nameof(rows), row, $"there are {Count} molecules, 0 to {Count - 1}");
        }
        var values = rows.Select(row => Enumerable.Range(0, PropertyNames.Count).Select(p => _properties[row, p]).ToArray());
        return new([.. rows.Select(row => Smiles[row])], PropertyNames, Table([.. values], PropertyNames.Count));
    }

    /// <summary>A property of all molecules.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such property.</exception>
    public double[] Property(string name)
    {
        var at = PropertyNames.ToList().IndexOf(name);
        return at >= 0
            ? [.. Enumerable.Range(0, Count).Select(row => _properties[row, at])]
            : throw new ArgumentException($"there is no property '{name}'; there are {string.Join(", ", PropertyNames)}", nameof(name));
    }

    /// <summary>The numbers of molecules and properties.</summary>
    public override string ToString() => $"{Count} molecules with {PropertyNames.Count} properties ({string.Join(", ", PropertyNames)})";

    private string? Explain()
    {
        if (Count == 0)
            return "there are no molecules; there must be at least one";
        if (_properties.GetLength(0) != Count || _properties.GetLength(1) != PropertyNames.Count)
            return $"properties are {_properties.GetLength(0)} × {_properties.GetLength(1)}; they must be {Count} × "
                + $"{PropertyNames.Count}";
        if (PropertyNames.Distinct().Count() < PropertyNames.Count)
            return $"two properties have one name: {string.Join(", ", PropertyNames)}";
        for (var row = 0; row < Count; row++)
        {
            if (ExplainString(Smiles[row], null) is { } fault)
                return $"row {row}: {fault}";
            for (var p = 0; p < PropertyNames.Count; p++)
            {
                if (!double.IsFinite(_properties[row, p]))
                    return FormattableString.Invariant($"row {row} ({Smiles[row]}): {PropertyNames[p]} is {_properties[row, p]}; ")
                        + "properties must be finite";
            }
        }
        return null;
    }

    private static string? ExplainString(string? smiles, int? longest)
    {
        if (string.IsNullOrEmpty(smiles))
            return "the SMILES string is empty";
        if (smiles.AsSpan().IndexOfAnyExceptInRange('!', '~') is >= 0 and var at)
            return $"'{smiles}' has U+{(int)smiles[at]:X4} at place {at}; SMILES are of ASCII characters without white space";
        return smiles.Length > longest ? $"'{smiles}' has {smiles.Length} characters; {longest} are the most" : null;
    }

    private static double Number(string field, string column, string place)
        => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new FormatException($"{place}: {column} is '{field}'; it must be a finite number"
                + (field.Contains(',') ? ", and the decimal comma a point" : ""));

    private static double[,] Table(List<double[]> rows, int width)
    {
        var table = new double[rows.Count, width];
        for (var row = 0; row < rows.Count; row++)
        {
            for (var p = 0; p < width; p++)
                table[row, p] = rows[row][p];
        }
        return table;
    }
}
