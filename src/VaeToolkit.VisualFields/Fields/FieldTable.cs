using System.Text.RegularExpressions;
using VaeToolkit.Survival;

namespace VaeToolkit.VisualFields;

/// <summary>Reads a cohort from a table, row by row, and says of every fault where it is.</summary>
internal sealed partial class FieldTable
{
    private readonly string _path;
    private readonly FieldLayout _layout;
    private readonly FieldTableOptions _options;
    private readonly PatientTable _table;
    private readonly string[] _places;
    private readonly string[] _eyes;
    private readonly double[] _years;
    private readonly string[]? _patients;
    private readonly EyeSide[]? _sides;
    private readonly string[]? _visits;
    private readonly double[]? _progressing;
    private readonly double[][] _values;

    public FieldTable(string path, FieldLayout layout, FieldTableOptions options)
    {
        (_path, _layout, _table) = (path, layout, PatientTable.Read(path));
        _places = [.. layout.Columns.Select(Required)];
        if (_places.Distinct().Count() < _places.Length)
            throw Missing(layout.Columns.First(column => !Has(column)));
        RequireNoOtherPlaces();
        var usual = new FieldTableOptions();
        _options = options with
        {
            Eye = Required(options.Eye),
            Years = Required(options.Years),
            Patient = Optional(options.Patient, usual.Patient),
            Side = Optional(options.Side, usual.Side),
            Visit = Optional(options.Visit, usual.Visit),
            Progressing = Optional(options.Progressing, usual.Progressing),
        };
        (_eyes, _years) = (Names(_options.Eye), _table.Numbers(_options.Years));
        (_patients, _visits) = (Has(_options.Patient) ? Names(_options.Patient) : null, Has(_options.Visit) ? Names(_options.Visit) : null);
        _sides = Has(_options.Side) ? [.. _table.Texts(_options.Side).Select((cell, row) => Side(row, cell))] : null;
        _progressing = Has(_options.Progressing) ? _table.Numbers(_options.Progressing) : null;
        _values = [.. _places.Select(_table.Numbers)];
    }

    public FieldCohort Cohort()
    {
        var byEye = new OrderedDictionary<string, List<int>>();
        for (var row = 0; row < _table.Count; row++)
        {
            if (_eyes[row].Length == 0)
                throw _table.Fault(row, _options.Eye, "names no eye");
            if (!byEye.TryGetValue(_eyes[row], out var rows))
                byEye[_eyes[row]] = rows = [];
            rows.Add(row);
        }
        return new(_layout, [.. byEye.Select(pair => Series(pair.Key, pair.Value))]);
    }

    private FieldSeries Series(string eye, List<int> rows)
    {
        RequireSame(rows, _patients, _options.Patient, "is of another patient than the eye's first row");
        RequireSame(rows, _sides, _options.Side, "is another side than in the eye's first row");
        RequireSame(rows, _progressing, _options.Progressing, "differs from the eye's first row");
        if (_visits is not null)
        {
            var seen = new HashSet<string>();
            foreach (var row in rows.Where(row => _visits[row].Length > 0 && !seen.Add(_visits[row])))
                throw _table.Fault(row, _options.Visit, $"is a visit that eye {eye} has already");
        }
        var side = _sides?[rows[0]] ?? EyeSide.Right;
        if (_patients is not null && _patients[rows[0]].Length == 0)
            throw _table.Fault(rows[0], _options.Patient, "names no patient");
        return new(eye, _patients?[rows[0]] ?? eye, [.. rows.Select(row => Field(row, side))])
        {
            Side = side,
            IsProgressing = _progressing is null || double.IsNaN(_progressing[rows[0]]) ? null : Progresses(rows[0]),
        };
    }

    private VisualField Field(int row, EyeSide side)
    {
        if (double.IsNaN(_years[row]))
            throw _table.Fault(row, _options.Years, "is missing; every field needs its time");
        var values = new double[_values.Length];
        for (var k = 0; k < values.Length; k++)
        {
            values[k] = _values[k][row];
            if (!double.IsNaN(values[k]) && !VisualField.IsSensitivity(values[k]))
                throw _table.Fault(row, _places[k], $"is out of range: {VisualField.Rule}");
        }
        var places = side == EyeSide.Left && _options.LeftEyes == LeftEyeColumns.ReadingOrder
            ? _layout.FromLeftEye(values) : _layout.FromRightEye(values);
        return places.All(double.IsNaN)
            ? throw _table.Fault(row, _places[0], "and all other places are missing; leave the row out")
            : new(_years[row], places);
    }

    private EyeSide Side(int row, string cell) => cell.ToUpperInvariant() switch
    {
        "RIGHT" or "R" or "OD" => EyeSide.Right,
        "LEFT" or "L" or "OS" => EyeSide.Left,
        _ => throw _table.Fault(row, _options.Side, "is neither right (R, OD) nor left (L, OS)"),
    };

    private bool Progresses(int row) => _progressing![row] switch
    {
        1 => true,
        0 => false,
        _ => throw _table.Fault(row, _options.Progressing, "is neither 1 (progressing) nor 0 (stable)"),
    };

    private void RequireSame<T>(List<int> rows, T[]? values, string column, string problem)
    {
        if (values is null)
            return;
        foreach (var row in rows.Where(row => !Equals(values[row], values[rows[0]])))
            throw _table.Fault(row, column, problem);
    }

    // A table of 54 places read by a layout of 52 would silently lose two and mistake the others.
    private void RequireNoOtherPlaces()
    {
        var places = _table.Columns.Where(name
            => name.Length > 1 && (name[0] is 'v' or 'V') && name.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0);
        if (places.Except(_places).ToList() is { Count: > 0 } others)
            throw new FormatException($"{_path}(1): the columns {string.Join(", ", others)} are places that the layout has not; it has "
                + $"{_layout.Columns.Count}. Read the layout from the file of places.");
    }

    private bool Has(string column) => _table.Columns.Contains(column);

    private string Required(string column) => Find(column) ?? throw Missing(column);

    // The usual columns may be absent, but not one that was asked for; an empty name leaves one out that is there.
    private string Optional(string column, string usual)
        => column.Length == 0 ? column : Find(column) ?? (column == usual ? column : throw Missing(column));

    // As it is written in the table: Side is side, unless there are both.
    private string? Find(string column)
    {
        if (Has(column))
            return column;
        var alike = _table.Columns.Where(name => name.Equals(column, StringComparison.OrdinalIgnoreCase)).ToList();
        return alike.Count < 2 ? alike.FirstOrDefault() : throw new FormatException(
            $"{_path}(1): {string.Join(" and ", alike)} may all be the column '{column}'; write one of them so, or name it in the options");
    }

    private FormatException Missing(string column)
        => new($"{_path}(1): there is no column '{column}'; the table has {string.Join(", ", _table.Columns)}");

    // A missing name is no name, and 7.0 is what other programs make of a number 7 beside a missing one.
    private string[] Names(string column)
        => [.. _table.Texts(column).Select((text, row) => _table.IsMissing(row, column) ? "" : WithoutZeros().Replace(text, "$1"))];

    [GeneratedRegex("^([0-9]+)\\.0+$")]
    private static partial Regex WithoutZeros();
}
