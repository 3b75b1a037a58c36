using System.Globalization;

namespace VaeToolkit.Survival;

/// <summary>
/// A table of patients, a row each, from a CSV file or from memory. Cells are text until a schema reads them; empty cells and those of
/// <see cref="UsualMissingMarkers"/>, or of a list that is given, are missing values.
/// </summary>
public sealed class PatientTable
{
    private const int MostNamed = 5;
    private const string IsoDate = "yyyy-MM-dd";

    private readonly string[] _columns;
    private readonly string[][] _rows;
    private readonly int[] _lines;
    private readonly string? _file;
    private readonly MissingMarkers _missing;

    /// <summary>A table from memory.</summary>
    /// <param name="columns">The columns' names, at least one and all different.</param>
    /// <param name="rows">The rows' cells, as many as there are columns; at least one row. A cell that is null is empty.</param>
    /// <param name="missing">What stands for a missing value besides an empty cell, in upper or lower case;
    /// null for <see cref="UsualMissingMarkers"/>.</param>
    /// <exception cref="ArgumentException">There are no rows or columns, two columns have one name,
    /// or a row has another number of cells.</exception>
    public PatientTable(
        IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows, IReadOnlyList<string>? missing = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        _columns = [.. columns.Select((name, j) => name?.Trim() ?? throw new ArgumentException($"Column {j} is null.", nameof(columns)))];
        _rows =
        [
            .. rows.Select((row, i) => row?.Select(cell => cell?.Trim() ?? "").ToArray()
                ?? throw new ArgumentException($"Row {i + 1} is null.", nameof(rows))),
        ];
        _lines = [.. Enumerable.Range(1, rows.Count)];
        _missing = new MissingMarkers(missing ?? UsualMissingMarkers);
        if (Fault() is { } fault)
            throw new ArgumentException(fault);
    }

    private PatientTable(string[] columns, string[][] rows, int[] lines, string? file, MissingMarkers missing)
        => (_columns, _rows, _lines, _file, _missing) = (columns, rows, lines, file, missing);

    /// <summary>
    /// What stands for a missing value besides an empty cell, in upper or lower case, unless another list is given: <c>NA</c>,
    /// <c>N/A</c>, <c>NaN</c>, <c>null</c>, <c>None</c>, <c>?</c>, <c>.</c>, <c>-</c> and variants of them.
    /// </summary>
    public static IReadOnlyList<string> UsualMissingMarkers => MissingMarkers.Usual;

    /// <summary>Number of patients N.</summary>
    public int Count => _rows.Length;

    /// <summary>The columns' names, in order.</summary>
    public IReadOnlyList<string> Columns => _columns;

    /// <summary>
    /// Reads a CSV file whose first line names the columns. Fields are divided by commas and may be quoted, with quotes inside doubled;
    /// a quoted field may span lines, and errors name the line that its row begins on. Lines without a value are skipped, and byte-order
    /// marks at a line's start.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="missing">What stands for a missing value besides an empty cell, in upper or lower case;
    /// null for <see cref="UsualMissingMarkers"/>.</param>
    /// <exception cref="FormatException">The file is no such table; the message names file and line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PatientTable Read(string path, IReadOnlyList<string>? missing = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var lines = CsvFile.Lines(path).ToList();
        var records = lines.ConvertAll(line => CsvLine.Split(line.Text, $"{path}({line.Number})"));
        var table = new PatientTable(records.FirstOrDefault([]), [.. records.Skip(1)], [.. lines.Skip(1).Select(line => line.Number)], path,
            new MissingMarkers(missing ?? UsualMissingMarkers));
        return table.Fault() is { } fault ? throw new FormatException($"{path}: {fault}") : table;
    }

    /// <summary>The rows with the given numbers, in that order; a row may come twice. Errors go on naming the line in the file.</summary>
    /// <param name="rows">Numbers from 0 to <see cref="Count"/> − 1, at least one.</param>
    /// <exception cref="ArgumentException">There are no numbers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public PatientTable Select(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0)
            throw new ArgumentException("There are no row numbers; a table has at least one row.", nameof(rows));
        foreach (var row in rows)
            Known(row, nameof(rows));
        return new(_columns, [.. rows.Select(row => _rows[row])], [.. rows.Select(row => _lines[row])], _file, _missing);
    }

    /// <summary>
    /// The same table with one more column: the days from one date to another, such as from diagnosis to the last visit. A row that lacks
    /// one of the two dates has an empty cell.
    /// </summary>
    /// <param name="name">The new column's name.</param>
    /// <param name="from">The column of the earlier dates.</param>
    /// <param name="to">The column of the later dates.</param>
    /// <param name="format">How dates are written, such as <c>dd.MM.yyyy</c>, in .NET's letters.</param>
    /// <exception cref="ArgumentException">There is no such column, or the new one is there already.</exception>
    /// <exception cref="FormatException">A cell is no such date, or a number of days is among the table's missing markers; the message
    /// names row and column.</exception>
    public PatientTable WithDays(string name, string from, string to, string format = IsoDate)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (_columns.Contains(name.Trim()))
            throw new ArgumentException($"There is a column '{name}' already.", nameof(name));
        var (first, last) = (IndexOf(from), IndexOf(to));
        var rows = _rows.Select((row, i) => (string[])[.. row, Days(i)]).ToArray();
        return new([.. _columns, name.Trim()], rows, _lines, _file, _missing);

        string Days(int row)
        {
            if (IsMissing(_rows[row][first]) || IsMissing(_rows[row][last]))
                return "";
            var days = (Date(row, last, format).DayNumber - Date(row, first, format).DayNumber).ToString(CultureInfo.InvariantCulture);
            return !IsMissing(days) ? days : throw Fault(row, last, $"is {days} days after the other, which stands for a missing value");
        }
    }

    /// <summary>The right-censored response.</summary>
    /// <param name="time">The column of times, positive.</param>
    /// <param name="observed">The column that says whether the event was observed: 1, or 0 for censored.</param>
    /// <param name="timeFloor">What a smaller time, such as 0, is raised to, positive. Default null: times must be above 0.</param>
    /// <param name="tieTolerance">Which times are one, as <see cref="SurvivalTimes"/> takes it.</param>
    /// <exception cref="ArgumentException">There is no such column, or the floor is not above 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is negative or not finite.</exception>
    /// <exception cref="FormatException">A time or an event is missing or out of range; the message names row and column.</exception>
    public SurvivalTimes Response(
        string time, string observed, double? timeFloor = null, double tieTolerance = SurvivalTimes.DefaultTieTolerance)
    {
        if (timeFloor is not null and not > 0)
            throw new ArgumentException(
                FormattableString.Invariant($"The floor of times is {timeFloor}; it must be above 0."), nameof(timeFloor));
        var (timeColumn, eventColumn) = (IndexOf(time), IndexOf(observed));
        var times = new double[Count];
        var events = new bool[Count];
        for (var row = 0; row < Count; row++)
        {
            times[row] = Time(row, timeColumn, timeFloor);
            events[row] = Number(row, eventColumn) switch
            {
                1 => true,
                0 => false,
                _ => throw Fault(row, eventColumn, "is neither 1 (event observed) nor 0 (censored)"),
            };
        }
        return new SurvivalTimes(times, events, tieTolerance);
    }

    /// <summary>A column of numbers <c>[N]</c>, NaN where missing.</summary>
    /// <param name="column">Its name.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="FormatException">A cell is no finite number; the message names row and column.</exception>
    public double[] Numbers(string column)
    {
        var index = IndexOf(column);
        return [.. Enumerable.Range(0, Count).Select(row => IsMissing(_rows[row][index]) ? double.NaN : Number(row, index))];
    }

    /// <summary>A column's cells as text, without spaces at their ends; <c>[N]</c>.</summary>
    /// <param name="column">Its name.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public string[] Texts(string column) => [.. Cells(column)];

    /// <summary>Whether a cell stands for a missing value.</summary>
    /// <param name="row">The row, from 0 to <see cref="Count"/> − 1.</param>
    /// <param name="column">The column's name.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public bool IsMissing(int row, string column) => IsMissing(_rows[Known(row)][IndexOf(column)]);

    /// <summary>
    /// An exception about a cell, for who reads a table in his own way: it names file and line (or the row), the column and what the cell
    /// holds.
    /// </summary>
    /// <param name="row">The row, from 0 to <see cref="Count"/> − 1.</param>
    /// <param name="column">The column's name.</param>
    /// <param name="problem">What is wrong, as the end of a sentence that begins with the cell: "is no finite number".</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public FormatException Fault(int row, string column, string problem)
        => Fault(Known(row), IndexOf(column), problem);

    /// <summary>The numbers of rows and columns, and the columns' names.</summary>
    public override string ToString() => $"{Count} rows of {string.Join(", ", _columns)}";

    /// <summary>Whether a cell stands for a missing value.</summary>
    internal bool IsMissing(string cell) => _missing.Include(cell);

    internal static bool TryNumber(string cell, out double number)
        => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>The number that a cell holds, which it must.</summary>
    internal static double ToNumber(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);

    /// <summary>Whether a cell would be a number if its comma were a point.</summary>
    internal static bool HasDecimalComma(string cell) => cell.Count(c => c == ',') == 1 && TryNumber(cell.Replace(',', '.'), out _);

    /// <summary>Whether a cell is a date as ISO 8601 writes it.</summary>
    internal static bool IsDate(string cell) => TryDate(cell, IsoDate, out _);

    /// <exception cref="ArgumentException">There is no such column.</exception>
    internal int IndexOf(string column)
    {
        ArgumentNullException.ThrowIfNull(column);
        var index = Array.IndexOf(_columns, column);
        return index >= 0 ? index
            : throw new ArgumentException($"There is no column '{column}'; the table has {string.Join(", ", _columns)}.", nameof(column));
    }

    internal string Cell(int row, int column) => _rows[row][column];

    internal IEnumerable<string> Cells(string column)
    {
        var index = IndexOf(column);
        return _rows.Select(row => row[index]);
    }

    /// <exception cref="FormatException">The cell is no finite number.</exception>
    internal double Number(int row, int column)
        => TryNumber(_rows[row][column], out var number) ? number
            : throw Fault(row, column, HasDecimalComma(_rows[row][column])
                ? "is not a finite number: the decimal comma must be a point"
                : IsDate(_rows[row][column]) ? $"is a date and no number: {nameof(WithDays)} makes a column of days between two dates"
                : "is not a finite number");

    /// <summary>Some cells of a column with their places, and how many more there are.</summary>
    internal string Named(IReadOnlyList<int> rows, int column)
        => string.Join(", ", rows.Take(MostNamed).Select(row => $"'{_rows[row][column]}' ({Place(row)})"))
            + (rows.Count > MostNamed ? $" and {rows.Count - MostNamed} more" : "");

    /// <summary>The error about a cell: row, column, what it holds and what is wrong with it.</summary>
    internal FormatException Fault(int row, int column, string problem)
        => new($"{(_file is null ? $"row {_lines[row]}" : $"{_file}({_lines[row]})")}, column '{_columns[column]}': "
            + $"'{_rows[row][column]}' {problem}");

    /// <summary>Where a row is: its line in the file, or its number from 1.</summary>
    private string Place(int row) => $"{(_file is null ? "row" : "line")} {_lines[row]}";

    private int Known(int row, string name = "row")
        => row >= 0 && row < Count ? row : throw new ArgumentOutOfRangeException(name, row, $"Rows go from 0 to {Count - 1}.");

    private static bool TryDate(string cell, string format, out DateOnly date)
        => DateOnly.TryParseExact(cell, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    private DateOnly Date(int row, int column, string format)
        => TryDate(_rows[row][column], format, out var date) ? date : throw Fault(row, column, $"is not a date as '{format}' writes it");

    private double Time(int row, int column, double? floor)
    {
        var time = Number(row, column);
        return floor is { } least && time >= 0 ? Math.Max(time, least)
            : time > 0 ? time
            : throw Fault(row, column, "is not a time above 0; leave the row out, or give a timeFloor for times of 0");
    }

    private string? Fault()
    {
        if (_columns is [var single] && single.AsSpan().ContainsAny(';', '\t'))
            return $"the header is one field, '{single}'; fields are divided by commas, not by semicolons or tabs";
        if (_columns.Length == 0 || _rows.Length == 0)
            return $"there are {_columns.Length} columns and {_rows.Length} rows; a table needs a header and at least one row";
        if (_columns.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            return $"the column '{twice.Key}' is there {twice.Count()} times";
        var bad = Array.FindIndex(_rows, row => row.Length != _columns.Length);
        return bad < 0 ? null
            : $"line {_lines[bad]} has {_rows[bad].Length} fields where the header has {_columns.Length}"
                + (_rows[bad].Length > _columns.Length ? "; a field with a comma, such as a decimal one, needs quotes" : "");
    }
}
