using System.Globalization;
using VaeToolkit.Survival;

namespace VaeToolkit.VisualFields;

/// <summary>
/// The places of a test on a regular grid, and where each stands in a picture of 12 × 12. All of it is in the orientation of a right
/// eye; <see cref="FromLeftEye"/> mirrors a left eye's readings. Places of the blind spot, (15°, ±3°), are columns of a file but no
/// places: nothing is seen there by anyone.
/// </summary>
public sealed class FieldLayout
{
    /// <summary>Height and width of a picture.</summary>
    public const int PictureSize = 12;

    private const int Decimals = 6;
    private const double BlindSpotX = 15;
    private const double BlindSpotY = 3;
    private static readonly Lazy<FieldLayout> s_twentyFourTwo = new(MakeTwentyFourTwo);

    private readonly string[] _columns;
    private readonly int[] _mirror;
    private readonly int[] _columnOfPlace;

    /// <summary>A layout from the columns of a table.</summary>
    /// <param name="columns">Names and degrees, for a right eye, in the table's order; those of the blind spot are left out of
    /// <see cref="Places"/>.</param>
    /// <exception cref="ArgumentException">There are no places, two are at one point or have one name, or they are on no regular grid that
    /// fits into the picture.</exception>
    public FieldLayout(IReadOnlyList<(string Name, double X, double Y)> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        // 0.1 + 0.2 is 0.3: degrees may have been reckoned.
        columns = [.. columns.Select(column => (column.Name, Math.Round(column.X, Decimals), Math.Round(column.Y, Decimals)))];
        _columns = [.. columns.Select(column => column.Name)];
        RequireDistinct(columns);
        _columnOfPlace = [.. Enumerable.Range(0, columns.Count).Where(k => !IsBlindSpot(columns[k].X, columns[k].Y))];
        if (_columnOfPlace.Length == 0)
            throw new ArgumentException("There are no places outside of the blind spot.", nameof(columns));
        var seen = Array.ConvertAll(_columnOfPlace, k => columns[k]);
        var (rows, height) = Grid([.. seen.Select(place => -place.Y)], "rows");
        var (cells, width) = Grid([.. seen.Select(place => place.X)], "columns");
        var (top, left) = ((PictureSize - height) / 2, (PictureSize - width) / 2);
        Places = [.. seen.Select((place, k) => new FieldPlace(place.Name, place.X, place.Y, top + rows[k], left + cells[k]))];
        _mirror = MirrorOf(columns);
    }

    /// <summary>The 24-2 pattern of 52 places, six degrees apart, in reading order: columns <c>v0</c> to <c>v51</c>.</summary>
    public static FieldLayout TwentyFourTwo => s_twentyFourTwo.Value;

    /// <summary>The places, without the blind spot, in the table's order.</summary>
    public IReadOnlyList<FieldPlace> Places { get; }

    /// <summary>Number of places.</summary>
    public int Count => Places.Count;

    /// <summary>The columns of a table, the blind spot's included.</summary>
    public IReadOnlyList<string> Columns => _columns;

    /// <summary>Reads the columns <c>place</c>, <c>x_degrees</c> and <c>y_degrees</c> of a CSV file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FormatException">The file is no such table; the message names file and line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FieldLayout Read(string path)
    {
        var table = PatientTable.Read(path);
        try
        {
            var (names, x, y) = (table.Texts("place"), table.Numbers("x_degrees"), table.Numbers("y_degrees"));
            for (var row = 0; row < table.Count; row++)
            {
                if (double.IsNaN(x[row]) || double.IsNaN(y[row]))
                    throw table.Fault(row, double.IsNaN(x[row]) ? "x_degrees" : "y_degrees", "is missing; every place needs its degrees");
            }
            return new([.. names.Select((name, k) => (name, x[k], y[k]))]);
        }
        catch (ArgumentException exception)
        {
            throw new FormatException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>The values of the columns without those of the blind spot.</summary>
    /// <param name="values">One for each of <see cref="Columns"/>, of a right eye.</param>
    /// <returns>One for each of <see cref="Places"/>.</returns>
    /// <exception cref="ArgumentException">There is another number of values.</exception>
    public double[] FromRightEye(IReadOnlyList<double> values)
    {
        RequireColumns(values);
        return Array.ConvertAll(_columnOfPlace, k => values[k]);
    }

    /// <summary>A left eye's values, mirrored to a right eye's places.</summary>
    /// <param name="values">One for each of <see cref="Columns"/>, in the reading order of the left eye's own pattern.</param>
    /// <returns>One for each of <see cref="Places"/>.</returns>
    /// <exception cref="ArgumentException">There is another number of values.</exception>
    public double[] FromLeftEye(IReadOnlyList<double> values)
    {
        RequireColumns(values);
        return Array.ConvertAll(_columnOfPlace, k => values[_mirror[k]]);
    }

    /// <summary>The number of places.</summary>
    public override string ToString() => $"{Count} places in a picture of {PictureSize} × {PictureSize}";

    private static FieldLayout MakeTwentyFourTwo()
    {
        var places = new List<(string, double, double)>();
        foreach (var (y, from, to) in ((double, double, double)[])
            [(21, -9, 9), (15, -15, 15), (9, -21, 21), (3, -27, 21), (-3, -27, 21), (-9, -21, 21), (-15, -15, 15), (-21, -9, 9)])
        {
            for (var x = from; x <= to; x += 6)
            {
                if (!IsBlindSpot(x, y))
                    places.Add(($"v{places.Count}", x, y));
            }
        }
        return new(places);
    }

    private static bool IsBlindSpot(double x, double y) => x == BlindSpotX && Math.Abs(y) == BlindSpotY;

    private static void RequireDistinct(IReadOnlyList<(string Name, double X, double Y)> columns)
    {
        if (columns.GroupBy(column => column.Name).FirstOrDefault(group => group.Count() > 1) is { } name)
            throw new ArgumentException($"The place '{name.Key}' is there {name.Count()} times.", nameof(columns));
        if (columns.GroupBy(column => (column.X, column.Y)).FirstOrDefault(group => group.Count() > 1) is { } point)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"The places {string.Join(" and ", point.Select(column => column.Name))} are both at ({point.Key.X}°, {point.Key.Y}°)."),
                nameof(columns));
    }

    // The k-th value of the left eye's reading order is of the place that is k-th when rows are read from the right.
    private static int[] MirrorOf(IReadOnlyList<(string Name, double X, double Y)> columns)
    {
        int[] read = [.. Enumerable.Range(0, columns.Count).OrderByDescending(k => columns[k].Y).ThenByDescending(k => columns[k].X)];
        var mirror = new int[columns.Count];
        for (var k = 0; k < read.Length; k++)
            mirror[read[k]] = k;
        return mirror;
    }

    private static (int[] Cells, int Length) Grid(double[] degrees, string what)
    {
        double[] distinct = [.. degrees.Distinct().Order()];
        var step = distinct.Length == 1 ? 1 : distinct.Skip(1).Zip(distinct, (next, before) => next - before).Min();
        var cells = Array.ConvertAll(degrees, value => (value - distinct[0]) / step);
        var length = Math.Round(cells.Max()) + 1;
        if (!(length <= PictureSize) || cells.Any(cell => !(Math.Abs(cell - Math.Round(cell)) < 1e-6)))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"The places' {what} are {string.Join(", ", distinct)}° from the centre; they must be on a grid of equal steps, "
                + $"at most {PictureSize} of them."), nameof(degrees));
        }
        return (Array.ConvertAll(cells, cell => (int)Math.Round(cell)), (int)length);
    }

    private void RequireColumns(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count != _columns.Length)
            throw new ArgumentException($"There are {values.Count} values; the layout has {_columns.Length} columns.", nameof(values));
    }
}
